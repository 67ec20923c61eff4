/**
 * The chat on a site: `<script src="…/plugins/messengers/chat.js" data-language="fi" async></script>`. Everything stands in a shadow root,
 * texts are only ever texts, and what the visitor is known by lies in his browser.
 */
export const CHAT_SCRIPT = `(()=>{
const script=document.currentScript||document.querySelector('script[src*="/plugins/messengers/chat.js"]');
if(!script||window.kartotekChat)return;window.kartotekChat=true;
const home=new URL(script.src).origin,door=home+'/plugins/messengers/chat/',KEY='kartotek-chat';
const WORDS={
 en:{open:'Open the chat',close:'Close',title:'Chat with us',write:'Write a message',send:'Send',offline:'We are away now. Leave a message, and we will answer by e-mail.',name:'Your name',email:'E-mail',thanks:'Thank you! We will answer as soon as we are back.',failed:'Not sent. Press to try again.',file:'File'},
 ru:{open:'Открыть чат',close:'Закрыть',title:'Напишите нам',write:'Напишите сообщение',send:'Отправить',offline:'Сейчас нас нет на месте. Оставьте сообщение, и мы ответим по почте.',name:'Ваше имя',email:'Эл. почта',thanks:'Спасибо! Ответим, как только вернёмся.',failed:'Не отправлено. Нажмите, чтобы повторить.',file:'Файл'},
 uk:{open:'Відкрити чат',close:'Закрити',title:'Напишіть нам',write:'Напишіть повідомлення',send:'Надіслати',offline:'Зараз нас немає на місці. Залиште повідомлення, і ми відповімо поштою.',name:'Ваше ім’я',email:'Ел. пошта',thanks:'Дякуємо! Відповімо, щойно повернемося.',failed:'Не надіслано. Натисніть, щоб повторити.',file:'Файл'},
 fi:{open:'Avaa chat',close:'Sulje',title:'Kirjoita meille',write:'Kirjoita viesti',send:'Lähetä',offline:'Emme ole juuri nyt paikalla. Jätä viesti, niin vastaamme sähköpostitse.',name:'Nimesi',email:'Sähköposti',thanks:'Kiitos! Vastaamme heti, kun olemme paikalla.',failed:'Lähetys ei onnistunut. Yritä uudelleen painamalla.',file:'Tiedosto'}};
const language=[script.dataset.language,document.documentElement.lang,navigator.language].map(one=>(one||'').slice(0,2)).find(one=>WORDS[one])||'en',w=WORDS[language];
const STYLE=':host{all:initial;position:fixed;right:16px;bottom:16px;z-index:2147483000;font:15px/1.45 system-ui,sans-serif;--c:#2563eb;--bg:#fff;--fg:#0f172a;--soft:#f1f5f9;--line:#cbd5e1}@media(prefers-color-scheme:dark){:host{--bg:#0f172a;--fg:#e2e8f0;--soft:#1e293b;--line:#334155}}*{box-sizing:border-box;font:inherit}[hidden]{display:none!important}.bubble{width:56px;height:56px;border-radius:50%;border:0;background:var(--c);color:#fff;cursor:pointer;box-shadow:0 4px 16px #0004;font-size:24px;float:right}.badge{position:absolute;right:-2px;top:-2px;min-width:20px;height:20px;border-radius:10px;background:#dc2626;color:#fff;font-size:12px;line-height:20px;text-align:center;pointer-events:none}.panel{width:360px;max-width:calc(100vw - 24px);height:520px;max-height:calc(100vh - 100px);display:flex;flex-direction:column;background:var(--bg);color:var(--fg);border:1px solid var(--line);border-radius:14px;overflow:hidden;box-shadow:0 8px 32px #0004;margin-bottom:12px}header{display:flex;justify-content:space-between;align-items:center;padding:12px 14px;background:var(--c);color:#fff;font-weight:600}header button{background:none;border:0;color:#fff;font-size:20px;cursor:pointer;line-height:1}.lines{flex:1;overflow-y:auto;padding:12px;display:flex;flex-direction:column;gap:8px}.line{max-width:85%;padding:8px 12px;border-radius:12px;background:var(--soft);white-space:pre-wrap;overflow-wrap:anywhere;align-self:flex-start}.me{align-self:flex-end;background:var(--c);color:#fff}.failed{opacity:.6;cursor:pointer}.line button{display:block;border:0;background:none;color:inherit;text-decoration:underline;cursor:pointer;padding:0}form{padding:10px;border-top:1px solid var(--line);display:flex;flex-direction:column;gap:8px}input,textarea{width:100%;padding:8px 10px;border:1px solid var(--line);border-radius:8px;background:transparent;color:inherit;resize:none}.send{border:0;border-radius:8px;background:var(--c);color:#fff;padding:8px 12px;cursor:pointer;font-weight:600}.note{margin:0;font-size:13px}:focus-visible{outline:2px solid var(--c);outline-offset:2px}header :focus-visible{outline-color:#fff}';
const host=document.createElement('div'),root=host.attachShadow({mode:'open'}),sheet=new CSSStyleSheet();
sheet.replaceSync(STYLE);root.adoptedStyleSheets=[sheet];
const make=(tag,props,...inside)=>{const one=Object.assign(document.createElement(tag),props);one.append(...inside);return one};
const badge=make('span',{className:'badge',hidden:true}),drawn=(name,props)=>{const one=document.createElementNS('http://www.w3.org/2000/svg',name);for(const[key,value]of Object.entries(props))one.setAttribute(key,value);return one},icon=drawn('svg',{viewBox:'0 0 24 24',width:'26',height:'26','aria-hidden':'true'}),bubble=make('button',{className:'bubble',type:'button'},icon);icon.append(drawn('path',{d:'M4 4h16a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2h-9l-5 4v-4H4a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2z',fill:'currentColor'}));bubble.setAttribute('aria-label',w.open);bubble.setAttribute('aria-expanded','false');
const lines=make('div',{className:'lines'});lines.setAttribute('role','log');lines.setAttribute('aria-live','polite');
const title=make('span',{textContent:w.title}),shut=make('button',{type:'button',textContent:'×'});shut.setAttribute('aria-label',w.close);
const note=make('p',{className:'note',hidden:true}),name=make('input',{placeholder:w.name,autocomplete:'name',hidden:true,maxLength:200}),email=make('input',{placeholder:w.email,type:'email',autocomplete:'email',hidden:true,maxLength:300}),area=make('textarea',{placeholder:w.write,rows:2,maxLength:4000});
for(const one of [name,email,area])one.setAttribute('aria-label',one.placeholder);
const form=make('form',{},note,name,email,area,make('button',{className:'send',textContent:w.send})),panel=make('section',{className:'panel',hidden:true},make('header',{},title,shut),lines,form);panel.setAttribute('role','dialog');panel.setAttribute('aria-label',w.title);
root.append(panel,bubble,badge);
let memory=null;const store={get:()=>{try{return localStorage.getItem(KEY)}catch{return memory}},set:value=>{memory=value;try{localStorage.setItem(KEY,value)}catch{}}};
const here=new URL(location.href),told={page:location.href.slice(0,2000),referrer:document.referrer.slice(0,2000)};
for(const one of ['utm_source','utm_medium','utm_campaign','utm_term','utm_content','gclid','yclid','fbclid'])if(here.searchParams.get(one))told[one]=here.searchParams.get(one);
const post=(path,body)=>fetch(door+path,{method:'POST',credentials:'omit',headers:{'content-type':'text/plain'},body:JSON.stringify({token:store.get(),...body})});
const seen=new Map();let unread=0,online=true,started=null,listening=false;
const show=line=>{
 const old=seen.get(line.id);const one=old||make('div',{});
 one.className='line '+(line.from==='me'?'me':'us')+(line.failed?' failed':'');one.replaceChildren(line.text||'');
 for(const file of line.files||[])one.append(make('button',{type:'button',textContent:'📎 '+(file.name||w.file),onclick:()=>save(file)}));
 if(line.failed){one.title=w.failed;one.onclick=()=>send(line)}else{one.onclick=null;one.title=''}
 if(!old){seen.set(line.id,one);lines.append(one);lines.scrollTop=lines.scrollHeight;if(line.from==='us'&&panel.hidden&&!line.old){unread++;badge.textContent=String(unread);badge.hidden=false}}};
const save=async file=>{const answer=await post('file',{file:file.id});if(!answer.ok)return;const link=make('a',{href:URL.createObjectURL(await answer.blob()),download:file.name});link.click();setTimeout(()=>URL.revokeObjectURL(link.href),1000)};
const start=()=>started||(started=(async()=>{
 const answer=await post('start',{});if(!answer.ok){started=null;throw new Error('chat')}
 const said=await answer.json();store.set(said.token);online=said.online;if(said.title)title.textContent=said.title;if(/^#[0-9a-f]{6}$/i.test(said.color||''))host.style.setProperty('--c',said.color);
 if(said.greeting&&!said.lines.length)show({id:'greeting',from:'us',text:said.greeting,old:true});
 for(const line of said.lines)show({...line,old:true});
 note.hidden=name.hidden=email.hidden=online;note.textContent=online?'':w.offline;email.required=!online;
 listen()})());
const listen=async()=>{
 if(listening)return;listening=true;
 for(let wait=1000;;wait=Math.min(60000,wait*2)){
  try{
   const answer=await post('events',{});
   if(answer.status===401){store.set('');listening=false;started=null;return}
   if(answer.ok){wait=1000;const reader=answer.body.pipeThrough(new TextDecoderStream()).getReader();let rest='';
    for(;;){const{done,value}=await reader.read();if(done)break;rest+=value;const parts=rest.split('\\n\\n');rest=parts.pop();for(const part of parts)if(part.startsWith('data: '))show(JSON.parse(part.slice(6)))}}
  }catch{}
  await new Promise(done=>setTimeout(done,wait))}};
const send=async line=>{
 show({...line,failed:false});
 try{const answer=await post('send',{id:line.id,text:line.text,name:name.value,email:email.value,told});if(!answer.ok)throw new Error('chat');show(await answer.json());if(!online){note.textContent=w.thanks;note.hidden=false}}
 catch{show({...line,failed:true})}};
form.addEventListener('submit',event=>{event.preventDefault();const text=area.value.trim();if(!text)return;area.value='';const id=crypto.randomUUID?crypto.randomUUID():([1e7]+-1e3+-4e3+-8e3+-1e11).replace(/[018]/g,c=>(c^crypto.getRandomValues(new Uint8Array(1))[0]&15>>c/4).toString(16));start().catch(()=>{}).then(()=>send({id,from:'me',text}))});
area.addEventListener('keydown',event=>{if(event.key==='Enter'&&!event.shiftKey&&!event.isComposing){event.preventDefault();form.requestSubmit()}});
const toggle=open=>{panel.hidden=!open;bubble.setAttribute('aria-expanded',String(open));if(open){unread=0;badge.hidden=true;start().catch(()=>{});area.focus();lines.scrollTop=lines.scrollHeight}else bubble.focus()};
bubble.onclick=()=>toggle(panel.hidden);shut.onclick=()=>toggle(false);root.addEventListener('keydown',event=>{if(event.key==='Escape')toggle(false)});
(document.body||document.documentElement).append(host);
if(store.get())start().catch(()=>{});
})();`
