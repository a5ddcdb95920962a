// The open modal: the top of the person's stack, with what they typed kept over redraws.
import { byId, el, keepFocus } from './dom.js';
import { drawBlocks } from './blocks.js';
import { plain } from './mrkdwn.js';
import { act, failure, store } from './store.js';

let typed = {};
let shown = null;
let errors = {};

export function drawModal() {
  const dialog = byId('modal');
  const view = store.views.at(-1);
  if (!view) {
    shown = null;
    if (dialog.open) dialog.close();
    return;
  }
  if (view.id !== shown) {
    typed = {};
    errors = {};
  }
  const fresh = view.id !== shown;
  shown = view.id;
  keepFocus(dialog, () => dialog.replaceChildren(form(view)));
  if (!dialog.open) dialog.showModal();
  if (fresh) (dialog.querySelector('[data-first]') ?? dialog.querySelector('.content input, .content textarea, .content select, footer .primary'))?.focus();
}

function form(view) {
  const note = el('p', { class: 'note bad', role: 'alert' }, errors[''] ?? '');
  const submit = view.submit && el('button', { type: 'submit', class: 'button primary', 'data-key': 'submit' }, plain(view.submit.text));
  const leave = (whole) => act('close', { view_id: view.id, whole_stack: whole });
  const scene = {
    place: view.id, surface: 'modal', state: view.state.values, typed, errors,
    press: async ({ element, block, value }) => {
      const answer = await act('press', { place: view.id, action_id: element.action_id, block_id: block.block_id, value, values: typed });
      note.textContent = failure(answer);
      return answer;
    },
  };
  return el('form', {
    novalidate: true,
    onsubmit: async (event) => {
      event.preventDefault();
      submit?.setAttribute('aria-busy', 'true');
      const answer = await act('submit', { view_id: view.id, values: typed });
      submit?.removeAttribute('aria-busy');
      const sentence = failure(answer);
      errors = answer.errors ?? {};
      if (store.views.at(-1)?.id !== view.id) return;
      drawModal();
      if (sentence) byId('modal').querySelector('.note').textContent = sentence;
      byId('modal').querySelector('[aria-invalid]')?.focus();
    },
  },
  el('header', {},
    view.previous_view_id && el('button', { type: 'button', class: 'plain', 'aria-label': 'Back', onclick: () => leave(false) }, '←'),
    el('h2', { id: 'modal-title' }, plain(view.title.text)),
    el('button', { type: 'button', class: 'plain', 'aria-label': 'Close', onclick: () => leave(true) }, '✕')),
  el('div', { class: 'content' }, drawBlocks(view.blocks, scene), note),
  el('footer', {}, el('button', { type: 'button', class: 'button', onclick: () => leave(false) }, view.close ? plain(view.close.text) : submit ? 'Cancel' : 'Close'), submit));
}

byId('modal').addEventListener('cancel', (event) => {
  event.preventDefault();
  if (shown) act('close', { view_id: shown, whole_stack: true });
});
