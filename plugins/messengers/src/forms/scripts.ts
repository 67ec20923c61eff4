/**
 * The first word of SHA-256 of a text: on a page without https a browser keeps its own digests away (`crypto.subtle`), and the form is to be
 * sent there, too. The numbers are roots of the first primes (FIPS 180-4).
 */
export const SHA256_SCRIPT = `const sha256=(()=>{
const part=x=>(x-Math.floor(x))*4294967296|0,roots=[],starts=[];
for(let n=2;roots.length<64;n++){let prime=true;for(let d=2;d*d<=n;d++)if(n%d===0)prime=false;if(prime){if(starts.length<8)starts.push(part(Math.sqrt(n)));roots.push(part(Math.cbrt(n)))}}
const turn=(x,n)=>x>>>n|x<<32-n,w=new Int32Array(64);
return text=>{
 const bytes=new TextEncoder().encode(text),all=new Uint8Array((bytes.length+9+63>>6)<<6),view=new DataView(all.buffer),sum=starts.slice();
 all.set(bytes);all[bytes.length]=128;view.setUint32(all.length-4,bytes.length*8);
 for(let at=0;at<all.length;at+=64){
  for(let i=0;i<64;i++)w[i]=i<16?view.getInt32(at+i*4):w[i-16]+w[i-7]+(turn(w[i-15],7)^turn(w[i-15],18)^w[i-15]>>>3)+(turn(w[i-2],17)^turn(w[i-2],19)^w[i-2]>>>10);
  let[a,b,c,d,e,f,g,h]=sum;
  for(let i=0;i<64;i++){const one=h+(turn(e,6)^turn(e,11)^turn(e,25))+(e&f^~e&g)+roots[i]+w[i]|0,two=(turn(a,2)^turn(a,13)^turn(a,22))+(a&b^a&c^b&c)|0;h=g;g=f;f=e;e=d+one|0;d=c;c=b;b=a;a=one+two|0}
  [a,b,c,d,e,f,g,h].forEach((x,i)=>{sum[i]=sum[i]+x|0})
 }
 return sum[0]>>>0}})();`

/** On the page of the form itself: its height for the page around it, and the proof of work. */
export const FORM_PAGE_SCRIPT = `(()=>{
${SHA256_SCRIPT}
const tell=()=>{if(parent!==window)parent.postMessage({kartotekForm:location.pathname,height:document.documentElement.offsetHeight},'*')};
new ResizeObserver(tell).observe(document.body);tell();
const form=document.querySelector('form');if(!form||!form.dataset.proof)return;
form.addEventListener('submit',async event=>{
 if(form.elements._proof.value)return;
 event.preventDefault();form.querySelector('button').disabled=true;
 const text=new TextEncoder(),own=globalThis.crypto?.subtle;
 const first=async words=>own?new DataView(await own.digest('SHA-256',text.encode(words))).getUint32(0):sha256(words);
 for(let n=0;;n++){
  if(!own&&n%2000===0)await new Promise(done=>setTimeout(done));
  if(await first(form.dataset.proof+':'+n)<65536){form.elements._proof.value=String(n);break}
 }
 form.submit()});
})();`

/** On the page of the site: \`<script src="…/plugins/messengers/form.js" data-form="key" async></script>\` becomes the form. */
export const FORM_SCRIPT = `(()=>{
for(const script of document.querySelectorAll('script[data-form][src*="/plugins/messengers/form.js"]')){
 if(script.dataset.shown)continue;script.dataset.shown='1';
 const home=new URL(script.src).origin,here=new URL(location.href),told=new URLSearchParams({page:location.href.slice(0,2000),referrer:document.referrer.slice(0,2000)});
 for(const name of ['utm_source','utm_medium','utm_campaign','utm_term','utm_content','gclid','yclid','fbclid'])if(here.searchParams.get(name))told.set(name,here.searchParams.get(name).slice(0,255));
 const path='/plugins/messengers/forms/'+encodeURIComponent(script.dataset.form),frame=document.createElement('iframe');
 frame.src=home+path+'?'+told;frame.title=script.dataset.title||'Form';frame.loading='lazy';frame.style.cssText='width:100%;border:0;height:480px;color-scheme:normal';
 addEventListener('message',event=>{if(event.source===frame.contentWindow&&event.origin===home&&event.data&&event.data.kartotekForm===path)frame.style.height=Math.min(5000,Math.max(100,Number(event.data.height)||0))+'px'});
 script.after(frame);
}})();`
