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

// Keeps in a box what did not change, so that a press, a focus or a half-typed field outlives news elsewhere.
export class Shelf {
  constructor(box) {
    this.box = box;
    this.kept = new Map();
    this.low = true;
    this.top = 0;
    box.addEventListener('scroll', () => this.scrolled());
    box.addEventListener('load', () => this.settle(), true);
  }

  // `items` are {key, sign, draw}: drawn anew only where the sign is another.
  show(items) {
    const kept = new Map();
    for (const { key, sign, draw } of items) {
      const before = this.kept.get(key);
      kept.set(key, before?.sign === sign ? before : { sign, node: draw() });
    }
    this.kept = kept;
    const nodes = [...kept.values()].map((one) => one.node);
    keepFocus(this.box, () => this.place(nodes));
    this.settle();
  }

  place(nodes) {
    const wanted = new Set(nodes);
    for (const child of [...this.box.childNodes]) if (!wanted.has(child)) child.remove();
    nodes.forEach((node, i) => { if (this.box.childNodes[i] !== node) this.box.insertBefore(node, this.box.childNodes[i] ?? null); });
  }

  // Whoever scrolls up leaves the end; what grows below them, such as a picture that comes, does not.
  scrolled() {
    const { scrollHeight, scrollTop, clientHeight } = this.box;
    this.low = scrollHeight - scrollTop - clientHeight < 60 || (this.low && scrollTop >= this.top);
    this.top = scrollTop;
  }

  settle() {
    if (this.low) this.box.scrollTop = this.box.scrollHeight;
  }

  toEnd() {
    this.low = true;
    this.settle();
  }
}

export function keepFocus(root, redraw) {
  const held = document.activeElement;
  const key = root.contains(held) ? held.dataset.key : undefined;
  redraw();
  if (key) root.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
}
