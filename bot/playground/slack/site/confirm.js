// The question Slack asks before a press that carries `confirm`.
import { byId, el } from './dom.js';
import { plain, textObject } from './mrkdwn.js';

const dialog = byId('confirm');
let answered = () => {};

// The dialog says a moment later that it closed: by then it may ask the next question.
dialog.addEventListener('close', () => { if (!dialog.open) answered(); });

export function confirmed(question) {
  if (!question) return Promise.resolve(true);
  answered();
  return new Promise((decide) => {
    const yes = el('button', { class: `button ${question.style ?? 'primary'}`, value: 'yes' }, plain(question.confirm.text));
    dialog.replaceChildren(el('form', { method: 'dialog' },
      el('header', {}, el('h2', { id: 'confirm-title' }, plain(question.title.text))),
      el('div', { class: 'content' }, el('p', {}, ...textObject(question.text))),
      el('footer', {}, el('button', { class: 'button', value: 'no' }, plain(question.deny.text)), yes)));
    answered = () => decide(dialog.returnValue === 'yes');
    dialog.returnValue = 'no';
    dialog.showModal();
    yes.focus();
  });
}
