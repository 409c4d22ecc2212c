import { answer, barred, facts, handOver, isOwner, isShutOut, openSettings, placeOf, rename, set, settle, throwOut } from '../../lib/people.ts';
import { comeIn, nameOf, peopleOf, reload, three } from '../../lib/talk.ts';
import { NODES, expect, test } from '../../lib/test.ts';

test('names, settings and owners are the same on every node', NODES, async ({ person, title }) => {
  // Each comes to another node, the third through nginx.
  const [mina, sora, juno] = await three(person, title);
  await rename(sora, '건너편');
  for (const reader of [mina, juno]) await expect((await placeOf(reader, sora)).locator('.name')).toHaveText('건너편');
  await rename(mina, 'Paul');
  const refused = await sora.post('rename', { room: sora.room(), name: 'Раul' });
  expect(refused.status()).toBe(409);

  const other = `${title} 새로`;
  await set(mina, { title: other, capacity: '5', password: 'meow' });
  for (const reader of [sora, juno]) {
    await expect(reader.page).toHaveTitle(`${other} · gifchat`);
    await expect(reader.page.locator('.room-head')).toContainText('3/5');
  }
  await handOver(mina, sora);
  for (const reader of [mina, juno]) await isOwner(sora, reader);
  await set(sora, { capacity: '6' });
  await expect(mina.page.locator('.room-head')).toContainText('3/6');
  await settle(juno, 'all the same', mina, sora);
  const read = await facts(mina).allTextContents();
  expect(await facts(sora).allTextContents()).toEqual(read);
  for (const reader of [mina, sora]) {
    await reload(reader);
    expect(await facts(reader).allTextContents()).toEqual(read);
  }
});

test('who is thrown out on one node is shut out on every node at once', NODES, async ({ person, cluster, title }) => {
  const [mina, sora, juno] = await three(person, title);
  const room = mina.room();
  const name = await nameOf(sora, mina);
  await throwOut(mina, sora, '이유');
  await answer(mina, 'notNow');
  await isShutOut(sora, '이유');
  await expect(peopleOf(juno)).toHaveCount(2);
  const { cookies } = await sora.context.storageState();
  const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
  for (const door of cluster.doors) {
    const page = await fetch(`${door}/room/${room}`, { headers: { cookie, accept: 'text/html' } });
    expect([door, page.status]).toEqual([door, 403]);
    const body = new URLSearchParams({ room, client: crypto.randomUUID().replaceAll('-', ''), text: '저예요' });
    const said = await fetch(`${door}/api/send_text`, { method: 'POST', body, headers: { cookie, origin: door, accept: 'application/json' } });
    expect([door, said.status]).toEqual([door, 403]);
  }

  // The owner of then lets nobody in; the one of now sees the list, and does.
  await handOver(mina, juno);
  await isOwner(juno, mina);
  await openSettings(juno);
  await expect(barred(juno)).toHaveCount(1);
  await answer(juno, 'letIn');
  await expect(barred(juno)).toHaveCount(0);
  await answer(juno, 'cancel');
  await comeIn(sora, room);
  await expect((await placeOf(mina, sora)).locator('.name')).toHaveText(name);
});

test('closing on one node closes for the people of all nodes', NODES, async ({ person, title }) => {
  const [mina, sora, juno] = await three(person, title);
  const watcher = await person();
  await watcher.openLobby();
  await watcher.isLive();
  await expect(watcher.card(title)).toBeVisible();
  await openSettings(mina);
  for (const step of ['closeRoom', 'close', 'closeForGood'] as const) await answer(mina, step);
  await expect(mina.page).toHaveURL('/');
  await expect(sora.page.getByRole('alert')).toContainText('존재하지 않는 방입니다.');
  await expect(juno.page.getByRole('alert')).toContainText('This room does not exist.');
  await expect(watcher.card(title)).toHaveCount(0);
});
