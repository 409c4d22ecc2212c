import { gif, gifOfBytes } from '../../lib/gif.ts';
import { expectDrawn } from '../../lib/looks.ts';
import { LEFT } from '../../lib/person.ts';
import { NODES, expect, test, type Person } from '../../lib/test.ts';

const MIB = 1024 * 1024;

test('people on different nodes read the same, in the same order', NODES, async ({ person, title }) => {
  const [mina, sora, juno] = [await person(), await person(), await person()];
  const room = await mina.createRoom({ title });
  await sora.enterRoom(title);
  await mina.say('첫째 노드에서');
  await sora.expectMessage('첫째 노드에서');
  await mina.sendGif(gif('움짤.gif', { tint: 2 }));
  await expect(sora.gifs).toHaveCount(1);
  await expectDrawn(sora.gifs);
  await juno.enterRoom(title);
  await sora.sendGif(gif('움짤.gif', { tint: 3 }));
  await juno.say('아무 노드에서나');
  const lines = Array.from({ length: 30 }, (_, n) => `${n}번째 줄`);
  const people = [mina, sora, juno];
  await Promise.all(lines.map((line, n) => people[n % 3]!.sayByApi(room, line)));
  await juno.leave();

  for (const someone of [mina, sora]) await expect(someone.log).toContainText(LEFT);
  const read = await mina.entries();
  expect(read).toHaveLength(3 + 2 + 2 + lines.length + 1);
  expect(await sora.entries()).toEqual(read);
  for (const someone of [mina, sora]) {
    await someone.reload();
    expect(await someone.entries()).toEqual(read);
  }
});

test('a lobby shows within a second what happens on another node', NODES, async ({ person, cluster, title }) => {
  const [mina, watcher] = [await person(), await person()];
  const sora = await person({ url: cluster.nodes[0].url });
  for (const someone of [mina, sora, watcher]) await someone.openLobby();
  await watcher.waitUntilLive();
  const seen = watcher.timeOf(title);
  const room = await mina.createRoomByApi({ title, capacity: 913 });
  const made = Date.now();
  expect((await seen) - made).toBeLessThan(1000);

  const shows = async (seen: Promise<number>, someone: Person, act: string, form: Record<string, string>) => {
    const answer = await someone.callApi(act, form);
    expect(answer.status(), await answer.text()).toBe(200);
    const done = Date.now();
    expect((await seen) - done).toBeLessThan(1000);
  };
  await shows(watcher.timeOf(/2\s*\/\s*913/), sora, 'enter_room', { room, password: '' });
  await shows(watcher.timeOf(/1\s*\/\s*913/), sora, 'leave_room', { room });
  await shows(watcher.timeOf(title, false), mina, 'leave_room', { room });
});

test('one seat is one seat, whichever nodes the tabs are on', NODES, async ({ person, cluster, title }) => {
  const [mina, sora] = [await person({ url: cluster.url }), await person()];
  const room = await mina.createRoom({ title });
  const tabs = [mina, await mina.newTab(), await mina.newTab()];
  for (const tab of tabs.slice(1)) {
    await tab.openRoom(room);
  }
  await sora.enterRoom(title);
  for (const tab of tabs) await expect(tab.page.getByText(/2\s*\/\s*10/).first()).toBeVisible();
  await sora.say('모두 들려요?');
  for (const tab of tabs) await tab.expectMessage('모두 들려요?');
  await tabs[1]!.leave();
  for (const tab of [tabs[0]!, tabs[2]!]) await expect(tab.messageBox).toHaveCount(0);
  await expect(sora.log).toContainText(LEFT);
});

test('nginx lets through what a node would take', NODES, async ({ person, cluster, title }) => {
  const mina = await person({ url: cluster.url });
  const room = await mina.createRoom({ title });
  await mina.sendGif(gifOfBytes(5 * MIB));
  const answer = await mina.uploadByApi(room, gifOfBytes(5 * MIB + 1));
  expect(answer.status()).toBe(413);
  expect(await answer.text()).toContain('TooLarge');
  const foreign = { form: { title, capacity: '10', password: '' }, headers: { origin: 'https://evil.example' } };
  expect((await mina.context.request.post('/api/create_room', foreign)).status()).toBe(403);
});
