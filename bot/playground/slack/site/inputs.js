// Form controls for Block Kit's stateful elements, and what each of them holds.
import { act, store } from './store.js';
import { el } from './dom.js';
import { textObject, plain } from './mrkdwn.js';

const KEYS = ['value', 'selected_option', 'selected_options', 'selected_user', 'selected_users', 'selected_channel', 'selected_channels',
  'selected_conversation', 'selected_conversations', 'selected_date', 'selected_time', 'selected_date_time', 'rich_text_value'];
const INITIAL = ['initial_value', 'initial_option', 'initial_options', 'initial_user', 'initial_users', 'initial_channel',
  'initial_channels', 'initial_conversation', 'initial_conversations', 'initial_date', 'initial_time', 'initial_date_time'];

const bare = (held, element) => {
  if (Array.isArray(held)) return held.map((one) => bare(one, element));
  if (held && typeof held === 'object' && 'value' in held && !element.type.includes('external')) return held.value;
  return held ?? null;
};

export function heldBy(element, item) {
  const key = item ? KEYS.find((name) => name in item) : undefined;
  if (key) return bare(item[key], element);
  const initial = INITIAL.find((name) => name in element);
  return initial ? bare(element[initial], element) : null;
}

export const STATEFUL = (type) => /_input$|_select$|picker$|^(checkboxes|radio_buttons)$/.test(type);

const optionsOf = (element) => [...(element.options ?? []), ...(element.option_groups ?? []).flatMap((one) => one.options)];

// `field` is {element, key, id, get, set(value, final), place}; set's `final` tells a choice from a keystroke.
export function control(field) {
  const { type } = field.element;
  if (type === 'external_select' || type === 'multi_external_select') return combo(field);
  if (type === 'radio_buttons' || type === 'checkboxes') return choices(field);
  if (type.endsWith('_select')) return select(field);
  if (type.endsWith('picker')) return picker(field);
  if (type === 'file_input') return el('p', { class: 'small' }, 'Files cannot be chosen in the playground.');
  return textInput(field);
}

const shared = ({ element, key, id }) => ({
  class: 'control',
  'data-key': key,
  id,
  placeholder: element.placeholder ? plain(element.placeholder.text) : undefined,
  'data-first': element.focus_on_load ? '' : undefined,
});

function textInput(field) {
  const { element, get, set } = field;
  const rich = element.type === 'rich_text_input';
  const many = element.multiline || rich;
  const kinds = { email_text_input: 'email', url_text_input: 'url', number_input: 'number' };
  const node = el(many ? 'textarea' : 'input', {
    ...shared(field),
    type: many ? undefined : kinds[element.type] ?? 'text',
    step: element.is_decimal_allowed ? 'any' : undefined,
    maxlength: element.max_length ? String(element.max_length) : undefined,
    oninput: () => set(value(), false),
  });
  const value = () => (rich && node.value ? asRichText(node.value) : node.value);
  const held = get();
  node.value = rich ? fromRichText(held) : held ?? '';
  return node;
}

const asRichText = (text) => ({ type: 'rich_text', elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text }] }] });
const fromRichText = (held) => (held?.elements ?? []).flatMap((part) => part.elements.map((one) => one.text ?? '')).join('');

function picker(field) {
  const { element, get, set } = field;
  const kinds = { datepicker: 'date', timepicker: 'time', datetimepicker: 'datetime-local' };
  const stamped = element.type === 'datetimepicker';
  const node = el('input', {
    ...shared(field),
    type: kinds[element.type],
    onchange: () => set(stamped && node.value ? Math.floor(new Date(node.value).getTime() / 1000) : node.value || null, true),
  });
  const held = get();
  if (stamped && held) node.value = local(new Date(held * 1000));
  else node.value = held ?? '';
  return node;
}

const local = (when) => new Date(when.getTime() - when.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);

function listed(type) {
  const named = (mark) => (one) => ({ text: { type: 'plain_text', text: `${mark}${one.name}` }, value: one.id });
  if (type.includes('users')) return store.start.people.map(named('@'));
  return store.start.channels.filter((one) => !one.dm).map(named('#'));
}

function select(field) {
  const { element, get, set } = field;
  const many = element.type.startsWith('multi_');
  const option = (one) => el('option', { value: one.value }, plain(one.text.text) + (one.description ? ` (${plain(one.description.text)})` : ''));
  const node = el('select', { ...shared(field), multiple: many, onchange: () => set(chosen(), true) });
  const chosen = () => (many ? [...node.selectedOptions].map((one) => one.value) : node.value || null);
  if (!many) node.append(el('option', { value: '' }, element.placeholder ? plain(element.placeholder.text) : 'Choose…'));
  if (element.option_groups) {
    for (const part of element.option_groups) node.append(el('optgroup', { label: plain(part.label.text) }, part.options.map(option)));
  } else node.append(...(element.options ?? listed(element.type)).map(option));
  const held = get();
  for (const one of node.options) one.selected = many ? (held ?? []).includes(one.value) : one.value === (held ?? '');
  return node;
}

function choices(field) {
  const { element, key, id, get, set } = field;
  const many = element.type === 'checkboxes';
  const held = many ? get() ?? [] : [get()];
  const boxes = [];
  const value = () => {
    const ticked = boxes.filter((box) => box.checked).map((box) => box.value);
    return many ? ticked : ticked[0] ?? null;
  };
  const rows = optionsOf(element).map((one, i) => {
    const box = el('input', {
      type: many ? 'checkbox' : 'radio',
      name: id,
      value: one.value,
      'data-key': `${key}.${i}`,
      checked: held.includes(one.value),
      onchange: () => set(value(), true),
    });
    boxes.push(box);
    return el('label', {}, box, el('span', {}, ...textObject(one.text)), one.description && el('span', { class: 'small' }, ...textObject(one.description)));
  });
  return el('fieldset', { class: 'options', id }, rows);
}

function combo(field) {
  const { element, key, id, get, set, place } = field;
  const held = [get()].flat()[0];
  const list = el('div', { class: 'menu', role: 'listbox', id: `${id}-list`, hidden: true });
  const input = el('input', {
    ...shared(field), type: 'text', role: 'combobox', autocomplete: 'off', 'aria-expanded': 'false', 'aria-controls': `${id}-list`,
    onfocus: () => offer(''), oninput: () => offer(input.value), onblur: () => setTimeout(() => show([]), 150), onkeydown: (event) => move(event),
  });
  input.value = held ? plain(held.text.text) : '';
  let asked = 0;
  let at = -1;
  const show = (options) => {
    list.replaceChildren(...options.map((one) => el('button', { type: 'button', role: 'option', tabindex: '-1', onclick: () => take(one) }, plain(one.text.text))));
    list.hidden = options.length === 0;
    input.setAttribute('aria-expanded', String(!list.hidden));
    at = -1;
  };
  const take = (one) => {
    input.value = plain(one.text.text);
    show([]);
    set(element.type.startsWith('multi_') ? [one] : one, true);
  };
  const offer = async (typed) => {
    if (typed.length < (element.min_query_length ?? 3)) return show([]);
    const mine = ++asked;
    const answer = await act('suggest', { place, action_id: element.action_id, typed });
    if (mine === asked && document.activeElement === input) show((answer.options ?? []).flatMap((one) => one.options ?? [one]));
    return undefined;
  };
  const move = (event) => {
    const rows = [...list.children];
    if (list.hidden || !['ArrowDown', 'ArrowUp', 'Enter', 'Escape'].includes(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === 'Escape') show([]);
    else if (event.key === 'Enter') rows[Math.max(at, 0)].click();
    else {
      at = (at + (event.key === 'ArrowDown' ? 1 : rows.length - 1) + rows.length) % rows.length;
      rows.forEach((row, i) => row.setAttribute('aria-selected', String(i === at)));
    }
  };
  return el('div', { class: 'combo', 'data-combo': key }, input, list);
}
