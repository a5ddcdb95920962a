// Slack's mrkdwn as elements: mentions, links, dates in the reader's zone, emphasis, code, quotes, emoji.
import { el } from './dom.js';
import { emoji } from './emoji.js';
import { icon } from './icons.js';
import { channel, group, person, store } from './store.js';

const decode = (text) => text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');

const two = (options) => (when) => new Intl.DateTimeFormat(undefined, options).format(when);
const day = (options) => (when) => {
  const days = Math.round((midnight(when) - midnight(now())) / 86_400_000);
  const words = { '-1': 'yesterday', 0: 'today', 1: 'tomorrow' };
  return words[days] ?? two(options)(when);
};
const midnight = (when) => new Date(when.getFullYear(), when.getMonth(), when.getDate());
export const now = () => new Date(store.start.now * 1000 + (performance.now() - store.startedAt) * store.start.speed);
const LONG = { weekday: 'long', month: 'long', day: 'numeric', year: 'numeric' };
const MIDDLE = { month: 'long', day: 'numeric', year: 'numeric' };
const SHORT = { month: 'short', day: 'numeric', year: 'numeric' };
const TOKENS = {
  date_num: (when) => [when.getFullYear(), when.getMonth() + 1, when.getDate()].map((n) => String(n).padStart(2, '0')).join('-'),
  date: two(MIDDLE),
  date_short: two(SHORT),
  date_long: two(LONG),
  date_pretty: day(MIDDLE),
  date_short_pretty: day(SHORT),
  date_long_pretty: day(LONG),
  time: two({ hour: '2-digit', minute: '2-digit' }),
  time_secs: two({ hour: '2-digit', minute: '2-digit', second: '2-digit' }),
  ago: (when) => {
    const minutes = Math.round((now() - when) / 60_000);
    const words = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' });
    return Math.abs(minutes) < 90 ? words.format(-minutes, 'minute') : words.format(-Math.round(minutes / 60), 'hour');
  },
};

export function date(seconds, format, link, fallback) {
  const when = new Date(seconds * 1000);
  const words = format.replace(/\{(\w+)\}/g, (whole, token) => TOKENS[token]?.(when) ?? whole);
  const node = el('time', { class: 'date', datetime: when.toISOString(), title: when.toLocaleString() }, words || fallback);
  return link ? anchor(link, node) : node;
}

export function anchor(url, ...label) {
  if (!/^(https?:|mailto:)/i.test(url)) return el('span', {}, ...label);
  const own = url.startsWith(`${location.origin}/archives/`);
  return el('a', own ? { href: url, 'data-archive': '' } : { href: url, target: '_blank', rel: 'noopener noreferrer' }, ...label);
}

export function mentionPerson(id) {
  return el('span', { class: id === store.me ? 'mention me' : 'mention' }, `@${person(id).name}`);
}

export function mentionGroup(id, label) {
  const found = group(id);
  const mine = found?.users.includes(store.me);
  return el('span', { class: mine ? 'mention me' : 'mention' }, found ? `@${found.handle}` : label || `@${id}`);
}

export function mentionChannel(id, label) {
  const found = channel(id);
  return el('button', { type: 'button', class: 'mention', 'data-channel': id }, `#${found?.name ?? (label || id)}`);
}

function marked(inside) {
  const [head, label = ''] = inside.split(/\|(.*)/s);
  const pieces = decode(label);
  if (head.startsWith('@')) return mentionPerson(head.slice(1));
  if (head.startsWith('#')) return mentionChannel(head.slice(1), pieces);
  if (head.startsWith('!subteam^')) return mentionGroup(head.split('^')[1], pieces);
  if (head.startsWith('!date^')) {
    const [, seconds, format, link] = head.split('^');
    return date(Number(seconds), decode(format ?? ''), link, pieces);
  }
  if (head.startsWith('!')) return el('span', { class: 'mention me' }, `@${head.slice(1)}`);
  return anchor(decode(head), pieces || decode(head));
}

const INLINE = new RegExp([
  '<([^<>\\n]+)>',
  '`([^`\\n]+)`',
  '(?<![\\w*])\\*(?=\\S)([^*\\n]*?\\S)\\*(?![\\w*])',
  '(?<![\\w_])_(?=\\S)([^_\\n]*?\\S)_(?![\\w_])',
  '(?<![\\w~])~(?=\\S)([^~\\n]*?\\S)~(?![\\w~])',
  ':([a-z0-9_+\'-]+(?:::skin-tone-[2-6])?):',
].join('|'), 'g');

export function inline(text) {
  const nodes = [];
  let from = 0;
  for (const match of text.matchAll(INLINE)) {
    if (match.index > from) nodes.push(decode(text.slice(from, match.index)));
    const [, angle, code, bold, slanted, struck, short] = match;
    if (angle !== undefined) nodes.push(marked(angle));
    else if (code !== undefined) nodes.push(el('code', {}, decode(code)));
    else if (bold !== undefined) nodes.push(el('strong', {}, ...inline(bold)));
    else if (slanted !== undefined) nodes.push(el('em', {}, ...inline(slanted)));
    else if (struck !== undefined) nodes.push(el('s', {}, ...inline(struck)));
    else nodes.push(sign(short));
    from = match.index + match[0].length;
  }
  if (from < text.length) nodes.push(decode(text.slice(from)));
  return nodes;
}

function lines(text) {
  const nodes = [];
  let quote = null;
  text.split('\n').forEach((line, i, all) => {
    const quoted = /^(?:&gt;|>) ?(.*)$/.exec(line);
    if (quoted) {
      if (quote) quote.append(el('br'));
      else nodes.push((quote = el('blockquote')));
      quote.append(...inline(quoted[1]));
    } else {
      quote = null;
      nodes.push(...inline(line));
      if (i < all.length - 1) nodes.push(el('br'));
    }
  });
  return nodes;
}

export function mrkdwn(text) {
  return text.split(/```([\s\S]+?)```/).flatMap((part, i) => (i % 2 ? [el('pre', {}, decode(part.replace(/^\n|\n$/g, '')))] : lines(part)));
}

export const sign = (name) => icon(name) ?? emoji(name);

export const plain = (text) => decode(text).replace(/:([a-z0-9_+'-]+):/g, (whole, name) => emoji(name));

export const textObject = (object) => (object.type === 'mrkdwn' ? mrkdwn(object.text) : [plain(object.text)]);
