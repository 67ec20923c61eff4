/** On the page of the form itself: its height for the page around it, and the proof of work. */
export const FORM_PAGE_SCRIPT = `(()=>{
const tell=()=>{if(parent!==window)parent.postMessage({kartotekForm:location.pathname,height:document.documentElement.offsetHeight},'*')};
new ResizeObserver(tell).observe(document.body);tell();
const form=document.querySelector('form');if(!form||!form.dataset.proof)return;
form.addEventListener('submit',async event=>{
 if(form.elements._proof.value)return;
 event.preventDefault();form.querySelector('button').disabled=true;
 const text=new TextEncoder();
 for(let n=0;;n++){
  const hash=new Uint8Array(await crypto.subtle.digest('SHA-256',text.encode(form.dataset.proof+':'+n)));
  if(hash[0]===0&&hash[1]===0){form.elements._proof.value=String(n);break}
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
