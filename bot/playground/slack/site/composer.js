// The field at the bottom: messages, and slash commands with suggestions.
import { byId, el } from './dom.js';
import { act, channel, failure, store } from './store.js';

const field = byId('composer');
const list = byId('suggestions');
const history = [];
let back = 0;
let at = 0;

const fitting = () => {
  const [name, ...rest] = field.value.split(' ');
  if (!field.value.startsWith('/')) return [];
  return store.start.commands.filter((one) => (rest.length ? one.name === name : one.name.startsWith(name)));
};

function suggest() {
  const found = fitting();
  at = Math.min(at, Math.max(found.length - 1, 0));
  list.replaceChildren(...found.map((one, i) => el('div', {
    class: 'choice', role: 'option', id: `command-${i}`, 'aria-selected': String(i === at),
    onmousedown: (event) => { event.preventDefault(); take(one); },
  }, el('b', {}, one.name), el('span', {}, one.usage_hint), el('span', { class: 'small' }, one.description))));
  list.hidden = found.length === 0;
  field.setAttribute('aria-expanded', String(!list.hidden));
  if (list.hidden) field.removeAttribute('aria-activedescendant');
  else field.setAttribute('aria-activedescendant', `command-${at}`);
  byId('send').disabled = !field.value.trim();
  grow(field);
}

function take(one) {
  field.value = `${one.name} `;
  suggest();
}

export function grow(area) {
  area.style.height = 'auto';
  area.style.height = `${area.scrollHeight}px`;
}

export function fill(text) {
  field.value = text;
  suggest();
  field.focus();
  field.setSelectionRange(text.length, text.length);
}

export function relabel() {
  const where = channel(store.place);
  byId('composer-form').hidden = !where;
  field.placeholder = where ? `Message ${where.dm ? store.start.app.name : `#${where.name}`}, or type /` : '';
  suggest();
}

const withMentions = (text) => text.replace(/@([\w.-]+)/g, (whole, name) => {
  const found = store.start.people.find((one) => one.name === name);
  return found ? `<@${found.id}>` : whole;
});

export async function send(text, note, thread) {
  note.className = 'note';
  note.textContent = text.startsWith('/') && !thread ? 'Sending to the app…' : '';
  const name = text.startsWith('/') ? 'command' : 'say';
  const answer = await act(name, { channel: store.place, text: name === 'say' ? withMentions(text) : text, thread_ts: thread });
  const declined = answer.error === 'not_delivered' ? '' : failure(answer);
  note.textContent = declined;
  note.className = declined ? 'note bad' : 'note';
}

field.addEventListener('input', () => { at = 0; suggest(); });
field.addEventListener('blur', () => { list.hidden = true; });
field.addEventListener('focus', suggest);
field.addEventListener('keydown', (event) => {
  const found = list.hidden ? [] : fitting();
  const whole = field.value.includes(' ');
  if (found.length && (event.key === 'ArrowDown' || event.key === 'ArrowUp') && !whole) {
    event.preventDefault();
    at = (at + (event.key === 'ArrowDown' ? 1 : found.length - 1)) % found.length;
    suggest();
  } else if (found.length && !whole && (event.key === 'Tab' || (event.key === 'Enter' && field.value !== found[at].name))) {
    event.preventDefault();
    take(found[at]);
  } else if (event.key === 'Escape' && !list.hidden) {
    list.hidden = true;
  } else if (event.key === 'ArrowUp' && !field.value && back < history.length) {
    event.preventDefault();
    back += 1;
    fill(history.at(-back));
  } else if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    byId('composer-form').requestSubmit();
  }
});
byId('composer-form').addEventListener('submit', (event) => {
  event.preventDefault();
  const text = field.value.trim();
  if (!text) return;
  history.push(text);
  back = 0;
  field.value = '';
  suggest();
  send(text, byId('composer-note'));
});
