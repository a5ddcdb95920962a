// What this page knows, and the only place that talks to the server.
export const store = {
  start: null,
  me: null,
  place: null,
  thread: null,
  messages: new Map(),
  unread: new Map(),
  firstNew: new Map(),
  views: [],
  home: null,
};

export class Away extends Error {}

export async function ask(path) {
  const answer = await fetch(path).catch(() => null);
  if (!answer?.ok) throw new Away(`${path} answered ${answer?.status ?? 'nothing'}`);
  return answer.json();
}

export async function act(name, told) {
  try {
    const answer = await fetch(`/web/${name}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ user: store.me, ...told }),
    });
    return await answer.json();
  } catch {
    return { sentence: 'The playground does not answer. Is it still running?' };
  }
}

export function listen(user, { ready, heard, lost }) {
  const stream = new EventSource(`/web/stream?user=${encodeURIComponent(user)}`);
  stream.addEventListener('ready', ready);
  stream.addEventListener('error', lost);
  stream.addEventListener('message', (event) => heard(JSON.parse(event.data)));
  return stream;
}

export const person = (id) => {
  if (id === 'USLACKBOT') return { id, name: 'Slackbot', real_name: 'Slackbot', is_bot: true };
  return store.start.people.find((one) => one.id === id) ?? { id, name: id, real_name: id };
};
export const channel = (id) => store.start.channels.find((one) => one.id === id);
export const group = (id) => store.start.groups.find((one) => one.id === id);
export const sorted = () => [...store.messages.values()].sort((a, b) => (a.ts < b.ts ? -1 : 1));
export const isReply = (message) => Boolean(message.thread_ts && message.thread_ts !== message.ts);
export const failure = (answer) => {
  if (answer.sentence) return answer.sentence;
  if (answer.error === 'operation_timeout') return 'The app did not answer within three seconds. It may or may not have heard you.';
  if (answer.error) return `The app did not take this (${answer.error}). Try again.`;
  return '';
};
