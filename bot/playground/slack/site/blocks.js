// Block Kit drawn as elements. `scene` is where the blocks stand: {place, surface, state, typed, errors, press}.
import { el } from './dom.js';
import { confirmed } from './confirm.js';
import { control, heldBy, STATEFUL } from './inputs.js';
import { anchor, date, mentionChannel, mentionGroup, mentionPerson, plain, sign, textObject } from './mrkdwn.js';
import { failure } from './store.js';

export const drawBlocks = (blocks, scene) => el('div', { class: 'blocks' }, blocks.map((block) => drawBlock(block, scene)));

function drawBlock(block, scene) {
  const draw = DRAWN[block.type];
  if (!draw) return el('p', { class: 'block small' }, `[${block.type}]`);
  const node = draw(block, scene);
  node.classList.add('block', block.type);
  return node;
}

const picture = (block, name) => {
  const node = el('img', { src: block.image_url, alt: block.alt_text, class: name, loading: 'lazy' });
  node.addEventListener('error', () => node.classList.add('missing'));
  return node;
};

const DRAWN = {
  header: (block) => el('h3', {}, plain(block.text.text)),
  divider: () => el('hr', {}),
  section: (block, scene) => el('div', {},
    el('div', { class: 'says' }, block.text && textObject(block.text)),
    block.accessory && (block.accessory.type === 'image' ? picture(block.accessory, 'thumb') : drawElement(block.accessory, block, scene)),
    block.fields && el('div', { class: 'fields' }, block.fields.map((one) => el('div', {}, ...textObject(one))))),
  context: (block) => el('div', {}, block.elements.map((one) => (one.type === 'image' ? picture(one) : el('span', {}, ...textObject(one))))),
  image: (block) => el('div', {}, el('figure', {}, block.title && el('figcaption', {}, plain(block.title.text)), picture(block))),
  actions: (block, scene) => el('div', {}, block.elements.map((one) => drawElement(one, block, scene))),
  context_actions: (block, scene) => el('div', {}, block.elements.map((one) => drawElement(one, block, scene))),
  markdown: (block) => el('div', {}, block.text),
  alert: (block) => el('div', { role: 'note' }, ...textObject(block.text)),
  input: drawInput,
  rich_text: (block) => el('div', { class: 'rich' }, block.elements.map(drawRich)),
  table: drawTable,
  data_table: drawTable,
};

function drawTable(block) {
  const settings = block.column_settings ?? [];
  const cell = (tag) => (one, i) => el(tag, {
    scope: tag === 'th' ? 'col' : undefined,
    class: [settings[i]?.align ?? '', settings[i]?.is_wrapped ? 'wrapped' : ''].join(' ').trim() || undefined,
  }, one.type === 'rich_text' ? one.elements.map(drawRich) : String(one.text ?? one.value));
  const [head, ...rows] = block.rows;
  const table = el('table', {}, el('thead', {}, el('tr', {}, head.map(cell('th')))), el('tbody', {}, rows.map((row) => el('tr', {}, row.map(cell('td'))))));
  return el('div', {}, el('div', { class: 'table-wrap', tabindex: '0', role: 'region', 'aria-label': block.caption ?? 'Table' }, table));
}

const RICH = {
  text: (one) => one.text,
  link: (one) => anchor(one.url, one.text || one.url),
  user: (one) => mentionPerson(one.user_id),
  usergroup: (one) => mentionGroup(one.usergroup_id),
  channel: (one) => mentionChannel(one.channel_id),
  emoji: (one) => sign(one.name),
  broadcast: (one) => el('span', { class: 'mention me' }, `@${one.range}`),
  color: (one) => el('code', {}, one.value),
  date: (one) => date(one.timestamp, one.format, one.url, one.fallback ?? ''),
};
const STYLES = { bold: 'strong', italic: 'em', strike: 's', code: 'code', underline: 'u' };

function drawRichInline(one) {
  let node = RICH[one.type]?.(one) ?? '';
  for (const [style, on] of Object.entries(one.style ?? {})) if (on) node = el(STYLES[style], {}, node);
  return node;
}

function drawRich(part) {
  if (part.type === 'rich_text_list') {
    return el(part.style === 'ordered' ? 'ol' : 'ul', {}, part.elements.map((one) => el('li', {}, ...one.elements.map(drawRichInline))));
  }
  const tags = { rich_text_quote: 'blockquote', rich_text_preformatted: 'pre' };
  const lines = part.elements.map(drawRichInline).flatMap((one) => (typeof one === 'string' ? one.split(/(\n)/).map((bit) => (bit === '\n' ? el('br') : bit)) : [one]));
  return el(tags[part.type] ?? 'div', {}, ...lines);
}

function drawInput(block, scene) {
  const { element } = block;
  const id = `f-${scene.place}-${block.block_id}`.replaceAll(/[^\w-]/g, '_');
  const wrong = scene.errors?.[block.block_id];
  const node = control(fieldOf(element, block, scene, id));
  const described = [wrong && `${id}-wrong`, block.hint && `${id}-hint`].filter(Boolean).join(' ');
  const target = node.matches('input, select, textarea, fieldset') ? node : node.querySelector('input') ?? node;
  if (described) target.setAttribute('aria-describedby', described);
  if (wrong) target.setAttribute('aria-invalid', 'true');
  if (!block.optional) target.setAttribute('aria-required', 'true');
  const label = [plain(block.label.text), block.optional && el('span', { class: 'optional' }, ' (optional)')];
  return el('div', { class: wrong ? 'invalid' : '' },
    node.tagName === 'FIELDSET' ? el('div', { class: 'label', id: `${id}-label` }, label) : el('label', { for: id }, label),
    node,
    wrong && el('p', { class: 'wrong', id: `${id}-wrong`, role: 'alert' }, wrong),
    block.hint && el('p', { class: 'hint', id: `${id}-hint` }, plain(block.hint.text)));
}

function fieldOf(element, block, scene, id) {
  const mine = (scene.typed[block.block_id] ??= {});
  const item = scene.state?.[block.block_id]?.[element.action_id];
  const dispatches = block.type !== 'input' || block.dispatch_action;
  const enters = element.dispatch_action_config?.trigger_actions_on?.includes('on_character_entered');
  return {
    element, id, place: scene.place, key: `${block.block_id}/${element.action_id}`,
    get: () => (element.action_id in mine ? mine[element.action_id] : heldBy(element, item)),
    set: (value, final) => {
      mine[element.action_id] = value;
      if (dispatches && (final || enters)) scene.press({ element, block, value });
    },
  };
}

function drawElement(element, block, scene) {
  if (element.type === 'overflow') return overflow(element, block, scene);
  if (element.type === 'feedback_buttons') return el('span', { class: 'small' }, '👍 👎');
  if (!STATEFUL(element.type)) return button(element, block, scene);
  const id = `e-${scene.place}-${block.block_id}-${element.action_id}`.replaceAll(/[^\w-]/g, '_');
  const field = fieldOf(element, block, scene, id);
  const set = field.set;
  field.set = async (value, final) => {
    if (final && !(await confirmed(element.confirm))) return;
    set(value, final);
  };
  const node = control(field);
  node.setAttribute('aria-label', element.placeholder ? plain(element.placeholder.text) : element.action_id);
  return node;
}

async function pressed(node, element, block, scene, value) {
  if (node.getAttribute('aria-busy') === 'true' || !(await confirmed(element.confirm))) return;
  if (element.url) window.open(element.url, '_blank', 'noopener');
  node.setAttribute('aria-busy', 'true');
  node.parentElement?.querySelector('.answer')?.remove();
  const answer = await scene.press({ element, block, value });
  node.removeAttribute('aria-busy');
  const sentence = failure(answer ?? {});
  if (sentence) {
    node.closest('.block')?.append(el('p', { class: 'answer', role: 'alert' }, sentence));
    return;
  }
  node.classList.add('heard');
  setTimeout(() => node.classList.remove('heard'), 1800);
}

function button(element, block, scene) {
  const node = el('button', {
    type: 'button', class: `button ${element.style ?? ''}`.trim(), 'data-key': `${block.block_id}/${element.action_id}`,
    'data-action': element.action_id,
    'aria-label': element.accessibility_label,
    onclick: () => pressed(node, element, block, scene, element.value),
  }, plain(element.text.text));
  return node;
}

function overflow(element, block, scene) {
  const close = (back) => {
    menu.hidden = true;
    opener.setAttribute('aria-expanded', 'false');
    if (back) opener.focus();
  };
  const rows = element.options.map((one) => el('button', {
    type: 'button', role: 'menuitem', tabindex: '-1',
    onclick: () => { close(true); if (one.url) window.open(one.url, '_blank', 'noopener'); pressed(opener, element, block, scene, one.value); },
  }, plain(one.text.text)));
  const menu = el('div', { class: 'menu', role: 'menu', hidden: true }, rows);
  const opener = el('button', {
    type: 'button', class: 'button', 'aria-label': 'More actions', 'aria-haspopup': 'menu', 'aria-expanded': 'false',
    'data-key': `${block.block_id}/${element.action_id}`, 'data-action': element.action_id,
    onclick: () => {
      menu.hidden = !menu.hidden;
      opener.setAttribute('aria-expanded', String(!menu.hidden));
      const room = opener.getBoundingClientRect();
      menu.classList.toggle('up', innerHeight - room.bottom < 60 + rows.length * 40);
      menu.classList.toggle('left', innerWidth - room.left < 260);
      if (!menu.hidden) rows[0].focus();
    },
  }, '⋯');
  const node = el('span', { class: 'more', onkeydown: (event) => {
    const at = rows.indexOf(document.activeElement);
    if (menu.hidden) return;
    if (event.key === 'Escape') { event.stopPropagation(); event.preventDefault(); close(true); }
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      rows[(at + (event.key === 'ArrowDown' ? 1 : rows.length - 1)) % rows.length].focus();
    }
  }, onfocusout: (event) => { if (!node.contains(event.relatedTarget)) close(false); } }, opener, menu);
  return node;
}
