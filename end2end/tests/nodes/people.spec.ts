import {
  barred,
  changeSettings,
  expectOwner,
  expectShutOut,
  handOver,
  nameOf,
  openSettings,
  peopleOf,
  pressInDialog,
  rename,
  roomHead,
  rowOf,
  sayToAll,
  systemLines,
  threeInRoom,
  throwOut,
} from '../../lib/people.ts';
import { randomClientId } from '../../lib/person.ts';
import { NODES, expect, test } from '../../lib/test.ts';

test('names, settings and owners are the same on every node', NODES, async ({ person, title }) => {
  // Each of them is on another node; the third comes through nginx.
  const [mina, sora, juno] = await threeInRoom(person, title);
  await rename(sora, '건너편');
  for (const reader of [mina, juno]) await expect((await rowOf(reader, sora)).locator('.name')).toHaveText('건너편');
  await rename(mina, 'Paul');
  const refused = await sora.callApi('rename', { room: sora.roomId(), name: 'Раul' });
  expect(refused.status()).toBe(409);

  const other = `${title} 새로`;
  await changeSettings(mina, { title: other, capacity: '5', password: 'meow' });
  for (const reader of [sora, juno]) {
    await expect(reader.page).toHaveTitle(`${other} · gifchat`);
    await expect(roomHead(reader)).toContainText('3/5');
  }
  await handOver(mina, sora);
  for (const reader of [mina, juno]) await expectOwner(sora, reader);
  await changeSettings(sora, { capacity: '6' });
  await expect(roomHead(mina)).toContainText('3/6');
  await sayToAll(juno, 'all the same', mina, sora);
  const read = await systemLines(mina).allTextContents();
  expect(await systemLines(sora).allTextContents()).toEqual(read);
  for (const reader of [mina, sora]) {
    await reader.reload();
    expect(await systemLines(reader).allTextContents()).toEqual(read);
  }
});

test('who is thrown out on one node is shut out on every node at once', NODES, async ({ person, cluster, title }) => {
  const [mina, sora, juno] = await threeInRoom(person, title);
  const room = mina.roomId();
  const name = await nameOf(sora, mina);
  await throwOut(mina, sora, '이유');
  await pressInDialog(mina, 'notNow');
  await expectShutOut(sora, '이유');
  await expect(peopleOf(juno)).toHaveCount(2);
  const { cookies } = await sora.context.storageState();
  const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
  for (const url of cluster.entryUrls) {
    const page = await fetch(`${url}/room/${room}`, { headers: { cookie, accept: 'text/html' } });
    expect([url, page.status]).toEqual([url, 403]);
    const body = new URLSearchParams({ room, client: randomClientId(), text: '저예요' });
    const said = await fetch(`${url}/api/send_text`, { method: 'POST', body, headers: { cookie, origin: url, accept: 'application/json' } });
    expect([url, said.status]).toEqual([url, 403]);
  }

  // The new owner sees the list as well, and can let them back in.
  await handOver(mina, juno);
  await expectOwner(juno, mina);
  await openSettings(juno);
  await expect(barred(juno)).toHaveCount(1);
  await pressInDialog(juno, 'letIn');
  await expect(barred(juno)).toHaveCount(0);
  await pressInDialog(juno, 'cancel');
  await sora.enterByLink(room);
  await expect((await rowOf(mina, sora)).locator('.name')).toHaveText(name);
});

test('closing on one node closes for the people of all nodes', NODES, async ({ person, title }) => {
  const [mina, sora, juno] = await threeInRoom(person, title);
  const watcher = await person();
  await watcher.watchLobby();
  await expect(watcher.card(title)).toBeVisible();
  await openSettings(mina);
  for (const step of ['closeRoom', 'close', 'closeForGood'] as const) await pressInDialog(mina, step);
  await expect(mina.page).toHaveURL('/');
  await expect(sora.page.getByRole('alert')).toContainText('존재하지 않는 방입니다.');
  await expect(juno.page.getByRole('alert')).toContainText('This room does not exist.');
  await expect(watcher.card(title)).toHaveCount(0);
});
