// One message: who, when, what, its buttons and its thread.
import { el, face } from './dom.js';
import { drawBlocks } from './blocks.js';
import { icon } from './icons.js';
import { mrkdwn } from './mrkdwn.js';
import { act, isReply, person, sorted, store } from './store.js';

const at = (ts) => new Date(Number(ts) * 1000);
const clock = (ts) => at(ts).toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' });

export function repliesOf(message) {
  return sorted().filter((one) => one.channel === message.channel && one.thread_ts === message.ts && one.ts !== message.ts && !one.is_ephemeral);
}

export const follows = (message, before) => Boolean(before && before.user === message.user && !message.is_ephemeral && !before.is_ephemeral
  && !message.blocks && !before.blocks && Number(message.ts) - Number(before.ts) < 300 && !(message.subtype || before.subtype));

export function drawMessage(message, { inThread = false, again = false, openThread }) {
  const who = person(message.user);
  const scene = {
    place: message.ts, surface: 'message', state: null, typed: {},
    press: ({ element, block, value }) => act('press', { place: message.ts, action_id: element.action_id, block_id: block.block_id, value, values: scene.typed }),
  };
  const body = el('div', { class: 'body' },
    message.blocks ? drawBlocks(message.blocks, scene) : el('div', {}, ...mrkdwn(message.text)),
    (message.files ?? []).map((file) => el('a', { href: file.url_private, target: '_blank', rel: 'noopener' }, file.title)),
    message.edited && el('span', { class: 'edited', title: at(message.edited.ts).toLocaleString() }, ' (edited)'),
    message.reactions && el('div', { class: 'reactions' }, message.reactions.map((one) => el('span', {}, ...mrkdwn(`:${one.name}:`), ` ${one.count}`))),
    !inThread && !message.is_ephemeral && threadBar(message, openThread));
  return el('article', {
    class: ['message', again && 'again', message.is_ephemeral && 'private'].filter(Boolean).join(' '),
    'data-ts': message.ts,
    'aria-label': `${who.real_name}, ${clock(message.ts)}${message.is_ephemeral ? ', only visible to you' : ''}`,
  },
  message.is_ephemeral && el('span', { class: 'only' }, icon('eye', { silent: true }), ' Only visible to you'),
  face(who.id, who.real_name),
  el('div', { class: 'body' }, byline(message, who, inThread, openThread), ...body.childNodes));
}

function byline(message, who, inThread, openThread) {
  const parent = isReply(message) && !inThread ? store.messages.get(message.thread_ts) : null;
  return el('div', { class: 'by' },
    el('strong', {}, who.is_bot ? who.name : who.real_name),
    who.is_bot && el('span', { class: 'badge' }, 'APP'),
    el('time', { datetime: at(message.ts).toISOString(), title: at(message.ts).toLocaleString() }, clock(message.ts)),
    parent && el('button', { type: 'button', class: 'thread-bar', onclick: () => openThread(parent.ts) }, 'replied to a thread'),
    !inThread && !message.is_ephemeral && !isReply(message) && el('button', { type: 'button', class: 'reply-start', onclick: () => openThread(message.ts) }, 'Reply'));
}

function threadBar(message, openThread) {
  const replies = isReply(message) ? [] : repliesOf(message);
  if (!replies.length) return null;
  const last = replies.at(-1);
  return el('div', {}, el('button', { type: 'button', class: 'thread-bar', 'data-key': `thread/${message.ts}`, onclick: () => openThread(message.ts) },
    `${replies.length} ${replies.length === 1 ? 'reply' : 'replies'}`, el('span', { class: 'small' }, `last at ${clock(last.ts)}`)));
}

export const dayOf = (message) => at(message.ts).toLocaleDateString(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
