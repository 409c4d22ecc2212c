/** What a room's log says besides messages. */

import { expect, type APIResponse } from '@playwright/test';

import { type Person } from './person.ts';

/** Fills a room's log with what is no message: people come, one after the other, and go, and there are new names and settings. */
export async function fillWithEvents(room: string, owner: Person, person: () => Promise<Person>): Promise<void> {
  const guests = await Promise.all(Array.from({ length: 6 }, () => person()));
  const call = async (someone: Person, name: string, form: Record<string, string> = {}): Promise<APIResponse> => {
    const answer = await someone.callApi(name, { room, ...form });
    expect(answer.ok(), name).toBe(true);
    return answer;
  };
  for (const guest of guests) await call(guest, 'enter_room');
  const [first, second, third] = guests as [Person, Person, Person];
  const { seq } = (await (await call(second, 'send_text', { text: '안녕하세요' })).json()) as { seq: number };
  await call(first, 'send_text', { text: '들어왔어요', reply: String(seq) });
  await call(second, 'rename', { name: `이름 ${room.slice(-4)}` });
  await call(third, 'leave_room');
  await call(first, 'leave_room');
  for (const slow of ['5', '0']) await call(owner, 'set_room', { slow });
  await call(owner, 'set_room', { title: `다른 ${room.slice(-4)}`, capacity: '12', password: '비밀' });
  await call(owner, 'set_room', { open: 'true' });
  await call(owner, 'send_text', { text: '여러 줄\n`코드` https://example.org/길/' });
}
