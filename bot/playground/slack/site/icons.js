// The few signs that carry a state, drawn here so that they look the same on a machine without an emoji font.
const STROKE = { fill: 'none', 'stroke-linecap': 'round', 'stroke-linejoin': 'round' };
const tile = (fill, d, width) => [['rect', { x: 2, y: 2, width: 20, height: 20, rx: 5, fill }], ['path', { ...STROKE, d, stroke: '#fff', 'stroke-width': width }]];
const check = tile('#2c9a5b', 'M7 12.6l3.4 3.4 6.8-7.6', 2.8);
const pause = tile('#3f7fc4', 'M9 7.5v9M15 7.5v9', 3);
const hourglass = [
  ['path', { d: 'M7 3.5h10v3.2L13.2 12l3.8 5.3v3.2H7v-3.2L10.8 12 7 6.7z', fill: '#f3c767', stroke: '#a8700a', 'stroke-width': 1.4, 'stroke-linejoin': 'round' }],
  ['path', { ...STROKE, d: 'M5.6 3.2h12.8M5.6 20.8h12.8', stroke: '#a8700a', 'stroke-width': 2.2 }],
];
const hand = [
  ['path', { ...STROKE, d: 'M8.3 12V6.2M11.4 11V4.2M14.5 11V5M17.6 12.5V7.6', stroke: '#e9a93a', 'stroke-width': 2.7 }],
  ['path', { d: 'M7 11h12v4.4A6 6 0 0 1 13 21.6c-2.3 0-4-.9-5.2-2.7l-3.7-5.4c-.9-1.4 1-2.8 2.1-1.6L7 12.8z', fill: '#e9a93a' }],
];
const warning = [
  ['path', { d: 'M12 3l10 17.6H2z', fill: '#f3b93f', stroke: '#f3b93f', 'stroke-width': 2, 'stroke-linejoin': 'round' }],
  ['path', { ...STROKE, d: 'M12 9.4v5M12 17.5v.1', stroke: '#3a2a00', 'stroke-width': 2.3 }],
];
const DRAWINGS = {
  white_check_mark: check, heavy_check_mark: check, double_vertical_bar: pause, pause_button: pause,
  hourglass, hourglass_flowing_sand: hourglass, raised_hand: hand, hand, warning,
  x: [['path', { ...STROKE, d: 'M5.5 5.5l13 13M18.5 5.5l-13 13', stroke: '#d64545', 'stroke-width': 3.6 }]],
  eye: [
    ['path', { ...STROKE, d: 'M2 12s3.8-6.3 10-6.3S22 12 22 12s-3.8 6.3-10 6.3S2 12 2 12z', stroke: 'currentColor', 'stroke-width': 2 }],
    ['circle', { cx: 12, cy: 12, r: 3, fill: 'currentColor' }],
  ],
  lock: [
    ['rect', { x: 5, y: 10.5, width: 14, height: 10, rx: 2.5, fill: 'currentColor' }],
    ['path', { ...STROKE, d: 'M8 10.5V8a4 4 0 0 1 8 0v2.5', stroke: 'currentColor', 'stroke-width': 2 }],
  ],
};

const svg = (tag, traits) => {
  const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(traits)) node.setAttribute(name, value);
  return node;
};

export function icon(name, { silent = false } = {}) {
  if (!DRAWINGS[name]) return null;
  const spoken = silent ? { 'aria-hidden': 'true' } : { role: 'img', 'aria-label': name.replaceAll('_', ' ') };
  const node = svg('svg', { viewBox: '0 0 24 24', class: 'icon', ...spoken });
  node.append(...DRAWINGS[name].map(([tag, traits]) => svg(tag, traits)));
  return node;
}
