// Elements made by hand: text only ever becomes text, never markup.
export function el(tag, traits = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(traits)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else if (name === 'class') node.className = value;
    else if (name in node && typeof value !== 'string') node[name] = value;
    else node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

export const byId = (id) => document.getElementById(id);

const HUES = [168, 205, 262, 330, 22, 95, 238, 295];

export function paintFace(node, id, name) {
  let sum = 0;
  for (const letter of id) sum += letter.charCodeAt(0);
  node.style.background = `hsl(${HUES[sum % HUES.length]} 42% 42%)`;
  node.textContent = name.split(/[\s_-]+/).map((part) => part[0] ?? '').join('').slice(0, 2).toUpperCase();
  return node;
}

export const face = (id, name) => paintFace(el('span', { class: 'face', 'aria-hidden': 'true' }), id, name);

export function keepFocus(root, redraw) {
  const held = document.activeElement;
  const key = root.contains(held) ? held.dataset.key : undefined;
  redraw();
  if (key) root.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
}
