// The question Slack asks before a press that carries `confirm`.
import { byId, el } from './dom.js';
import { plain, textObject } from './mrkdwn.js';

export function confirmed(question) {
  if (!question) return Promise.resolve(true);
  const dialog = byId('confirm');
  return new Promise((decide) => {
    const yes = el('button', { class: `button ${question.style ?? 'primary'}`, value: 'yes' }, plain(question.confirm.text));
    dialog.replaceChildren(el('form', { method: 'dialog' },
      el('header', {}, el('h2', { id: 'confirm-title' }, plain(question.title.text))),
      el('div', { class: 'content' }, el('p', {}, ...textObject(question.text))),
      el('footer', {}, el('button', { class: 'button', value: 'no' }, plain(question.deny.text)), yes)));
    dialog.returnValue = 'no';
    dialog.addEventListener('close', () => decide(dialog.returnValue === 'yes'), { once: true });
    dialog.showModal();
    yes.focus();
  });
}
