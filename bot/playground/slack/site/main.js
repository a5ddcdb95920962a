// The page: who you are, where you are, what is new.
import { Shelf, byId, el, keepFocus, paintFace } from './dom.js';
import { fill, grow, relabel, send } from './composer.js';
import { dayOf, drawMessage, follows, repliesOf } from './message.js';
import { icon } from './icons.js';
import { drawBlocks } from './blocks.js';
import { drawModal } from './modal.js';
import { Away, act, ask, channel, isReply, listen, person, sorted, store } from './store.js';

const HOME = 'home';
const shelf = new Shelf(byId('messages'));
const threadShelf = new Shelf(byId('thread-messages'));
let stream = null;

async function begin() {
  await learn();
  const kept = sessionStorage.getItem('me');
  const able = store.start.people.filter((one) => one.can_act);
  store.me = able.some((one) => one.id === kept) ? kept : able[0].id;
  const [, there, ts] = /^\/archives\/(\w+)\/p(\d+)$/.exec(location.pathname) ?? [];
  const first = mine()[0];
  store.place = there && channel(there) ? there : first.id;
  await become(store.me);
  if (ts) aim(`${ts.slice(0, -6)}.${ts.slice(-6)}`, new URLSearchParams(location.search).get('thread_ts'));
}

async function learn() {
  store.start = await ask('/web/start');
  store.startedAt = performance.now();
  byId('team').textContent = store.start.welcome.title;
}

async function become(user) {
  store.me = user;
  sessionStorage.setItem('me', user);
  store.unread.clear();
  if (store.place !== HOME && !mine().some((one) => one.id === store.place)) store.place = mine()[0]?.id ?? HOME;
  stream?.close();
  await new Promise((seen) => follow(user, seen));
}

// Each thing waits for the one before it, so that no answer overtakes another; of a stream that was left nothing counts any more.
function follow(user, seen) {
  let last = Promise.resolve();
  let whole = null;
  const isLeft = () => open !== stream;
  const then = (work) => { last = last.then(() => (isLeft() ? undefined : work())).catch(stumbled); };
  const open = listen(user, {
    ready: () => {
      then(learn);
      then(async () => { whole = await ask(`/web/seen?user=${user}`); });
      then(() => { linked(true); see(whole); seen(); });
    },
    heard: (change) => {
      then(() => (change.channel && !channel(change.channel) ? learn() : undefined));
      then(() => heard(change));
    },
    lost: () => { if (!isLeft()) linked(false); },
  });
  // What gets no answer is asked anew from the beginning; anything else is a mistake of the page.
  const stumbled = (error) => {
    if (!(error instanceof Away)) reportError(error);
    else if (!isLeft()) {
      open.close();
      stream = null;
      linked(false);
      setTimeout(() => { if (!stream) follow(user, seen); }, 1000);
    }
  };
  stream = open;
}

function see({ messages, views, home }) {
  store.messages = new Map(messages.map((one) => [one.ts, one]));
  store.views = views;
  store.home = home.id ? home : null;
  draw();
  drawModal();
}

function linked(up) {
  byId('link').textContent = up ? '' : 'Connecting…';
}

const mine = () => store.start.channels.filter((one) => one.members.includes(store.me));

function heard({ kind, body }) {
  if (kind === 'view') store.views = body.id ? [body] : [];
  if (kind === 'home') store.home = body;
  if (kind === 'deleted') store.messages.delete(body.ts);
  if (kind === 'posted' || kind === 'edited') store.messages.set(body.ts, body);
  if (kind === 'posted') count(body);
  if (kind === 'view') drawModal();
  else draw();
}

function count(message) {
  const elsewhere = message.channel !== store.place || document.hidden;
  if (message.user === store.me || !elsewhere || (isReply(message) && !message.subtype)) return;
  store.unread.set(message.channel, (store.unread.get(message.channel) ?? 0) + 1);
  if (!store.firstNew.has(message.channel)) store.firstNew.set(message.channel, message.ts);
}

function draw() {
  drawSide();
  drawPlace();
  drawThread();
  const total = [...store.unread.values()].reduce((sum, one) => sum + one, 0);
  document.title = `${total ? `(${total}) ` : ''}${byId('place').textContent} · ${store.start.welcome.title}`;
}

function sideItem(key, label, mark) {
  const unread = store.unread.get(key) ?? 0;
  return el('li', { class: unread ? 'unread' : undefined }, el('button', {
    type: 'button', 'data-key': `side/${key}`, 'aria-current': key === store.place ? 'true' : undefined, onclick: () => go(key),
  }, el('span', { 'aria-hidden': 'true' }, mark), label, unread ? el('span', { class: 'count', 'aria-label': `${unread} unread` }, String(unread)) : null));
}

function drawSide() {
  keepFocus(byId('side'), () => {
    const direct = mine().filter((one) => one.dm);
    byId('channels').replaceChildren(...mine().filter((one) => !one.dm).map((one) => sideItem(one.id, one.name, one.private ? icon('lock') : '#')));
    byId('direct').replaceChildren(...direct.map((one) => sideItem(one.id, store.start.app.name, '●')));
    byId('direct-part').hidden = direct.length === 0;
    byId('apps').replaceChildren(sideItem(HOME, store.start.app.name, '⌂'));
  });
  const able = store.start.people.filter((one) => one.can_act);
  const chosen = byId('me');
  chosen.replaceChildren(...able.map((one) => el('option', { value: one.id, selected: one.id === store.me }, one.name + (one.note ? ` (${one.note})` : ''))));
  paintFace(byId('me-face'), store.me, person(store.me).real_name);
}

function go(key) {
  store.place = key;
  store.thread = null;
  byId('frame').classList.remove('sided');
  byId('menu').setAttribute('aria-expanded', 'false');
  if (location.pathname !== '/') window.history.replaceState(null, '', '/');
  store.unread.delete(key);
  draw();
  shelf.toEnd();
  if (key === HOME) act('home', {});
  else byId('composer').focus();
}

function drawPlace() {
  const where = channel(store.place);
  byId('place').textContent = where ? (where.dm ? store.start.app.name : `# ${where.name}`) : `${store.start.app.name}: Home`;
  byId('topic').textContent = where?.topic ?? '';
  relabel();
  shelf.show(where ? channelItems() : [once(`home/${store.home?.hash}`, drawHome)]);
}

const once = (key, draw) => ({ key: `${key}/${store.me}`, sign: '', draw });

function messageItem(message, how) {
  const replies = how.inThread ? [] : repliesOf(message);
  return {
    key: message.ts,
    sign: JSON.stringify([message, how, replies.length, replies.at(-1)?.ts, store.me]),
    draw: () => drawMessage(message, { ...how, openThread }),
  };
}

function channelItems() {
  const shown = sorted().filter((one) => one.channel === store.place && (!isReply(one) || one.subtype || (one.is_ephemeral && one.thread_ts !== store.thread)));
  if (!shown.length) return [once(`empty/${store.place}`, emptyPlace)];
  return shown.flatMap((message, i) => {
    const before = shown[i - 1];
    const day = dayOf(message);
    const items = [messageItem(message, { again: follows(message, before) })];
    if (store.firstNew.get(store.place) === message.ts) items.unshift(once(`new/${message.ts}`, () => el('div', { class: 'new-mark' }, 'New')));
    if (!before || dayOf(before) !== day) items.unshift(once(`day/${day}`, () => el('div', { class: 'day' }, day)));
    return items;
  });
}

function emptyPlace() {
  const { hint, suggestion } = store.start.welcome;
  return el('div', { class: 'empty' },
    el('span', { class: 'mark', 'aria-hidden': 'true' }, '#'),
    el('h3', {}, `This is #${channel(store.place).name}`),
    el('p', {}, hint),
    el('button', { type: 'button', id: 'suggestion', onclick: () => fill(suggestion) }, suggestion));
}

function drawHome() {
  if (!store.home) return el('div', { class: 'empty' }, el('h3', {}, store.start.app.name), el('p', {}, 'The app shows no Home tab yet.'));
  const view = store.home;
  const typed = {};
  const press = ({ element, block, value }) => act('press', { place: view.id, action_id: element.action_id, block_id: block.block_id, value, values: typed });
  return el('div', { class: 'home' }, drawBlocks(view.blocks, { place: view.id, surface: 'home', state: view.state.values, typed, press }));
}

function openThread(ts) {
  store.thread = ts;
  draw();
  threadShelf.toEnd();
  byId('reply').focus();
}

function drawThread() {
  const parent = store.messages.get(store.thread);
  byId('thread').hidden = !parent;
  byId('frame').classList.toggle('threaded', Boolean(parent));
  if (!parent) return;
  const own = sorted().filter((one) => one.is_ephemeral && one.thread_ts === parent.ts);
  const all = [...repliesOf(parent), ...own].sort((a, b) => (a.ts < b.ts ? -1 : 1));
  const count = `${all.length} ${all.length === 1 ? 'reply' : 'replies'}`;
  threadShelf.show([
    messageItem(parent, { inThread: true }),
    once(`count/${count}`, () => el('div', { class: 'day' }, count)),
    ...all.map((one, i) => messageItem(one, { inThread: true, again: follows(one, all[i - 1]) })),
  ]);
}

function aim(ts, thread) {
  const target = store.messages.get(ts);
  if (target && (thread || isReply(target))) openThread(thread ?? target.thread_ts);
  for (const node of document.querySelectorAll(`[data-ts="${CSS.escape(ts)}"]`)) {
    node.classList.add('aimed');
    shelf.low = false;
    node.scrollIntoView({ block: 'center' });
  }
}

byId('me').addEventListener('change', (event) => become(event.target.value));
byId('menu').addEventListener('click', () => {
  const open = byId('frame').classList.toggle('sided');
  byId('menu').setAttribute('aria-expanded', String(open));
});
byId('middle').addEventListener('pointerdown', (event) => {
  if (!byId('menu').contains(event.target)) byId('frame').classList.remove('sided');
});
byId('thread-close').addEventListener('click', () => { store.thread = null; draw(); byId('composer').focus(); });
byId('reply').addEventListener('input', (event) => grow(event.target));
byId('reply').addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  byId('reply-form').requestSubmit();
});
byId('reply-form').addEventListener('submit', (event) => {
  event.preventDefault();
  const field = byId('reply');
  const text = field.value.trim();
  if (!text) return;
  field.value = '';
  grow(field);
  send(text, byId('reply-note'), store.thread);
});
document.addEventListener('click', (event) => {
  const chip = event.target.closest('[data-channel]');
  const link = event.target.closest('[data-archive]');
  if (chip && channel(chip.dataset.channel)) go(chip.dataset.channel);
  if (!link || event.ctrlKey || event.metaKey) return;
  const target = new URL(link.href);
  const [, where, ts] = /^\/archives\/(\w+)\/p(\d+)$/.exec(target.pathname) ?? [];
  if (!channel(where)) return;
  event.preventDefault();
  go(where);
  aim(`${ts.slice(0, -6)}.${ts.slice(-6)}`, target.searchParams.get('thread_ts'));
});
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && store.thread && !document.querySelector('dialog[open]')) byId('thread-close').click();
});
document.addEventListener('visibilitychange', () => {
  if (!document.hidden && store.unread.delete(store.place)) draw();
});

begin();
