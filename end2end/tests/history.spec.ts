import { holdRequests } from '../lib/held-requests.ts';
import { NODES, expect, test, type Person } from '../lib/test.ts';
import { jumpButton } from '../lib/unread.ts';

const MESSAGES = 120;

/** Makes a room in which this person has said 1번째 말, 2번째 말 and so on, and returns its id. */
async function createLongTalk(mina: Person, title: string): Promise<string> {
  await mina.openLobby();
  const room = await mina.createRoomByApi({ title });
  for (let n = 1; n <= MESSAGES; n++) await mina.sayByApi(room, `${n}번째 말`);
  return room;
}

test('the newest 50 messages come first, older ones on scrolling up', NODES, async ({ person, title }) => {
  const mina = await person();
  const room = await createLongTalk(mina, title);
  await mina.openRoom(room);
  const said = mina.log.getByText(/^\d+번째 말$/);
  await expect(said).toHaveCount(50);
  await expect(mina.bubble(`${MESSAGES}번째 말`)).toBeInViewport();

  await said.first().scrollIntoViewIfNeeded();
  await mina.log.hover();
  await mina.page.mouse.wheel(0, -5000);
  await expect.poll(() => said.count()).toBeGreaterThanOrEqual(100);
  // The rest is loaded when the reader gets there.
  await expect(async () => {
    await mina.page.mouse.wheel(0, -5000);
    await mina.expectMessage('1번째 말', { timeout: 300 });
  }).toPass();
  await expect(said).toHaveCount(MESSAGES);
  expect(await said.allInnerTexts()).toEqual(Array.from({ length: MESSAGES }, (_, n) => `${n + 1}번째 말`));
});

test('older messages do not move what is being read', async ({ person, title }) => {
  const mina = await person();
  const room = await createLongTalk(mina, title);
  await mina.openRoom(room);
  const read = mina.bubble(`${MESSAGES - 49}번째 말`);
  const history = await holdRequests(mina, '**/api/history*');
  const asked = mina.page.waitForRequest('**/api/history*');
  await mina.log.hover();
  await mina.page.mouse.wheel(0, -20_000);
  await asked;
  const before = (await read.boundingBox())!.y;
  history.release();
  await mina.expectMessage(`${MESSAGES - 60}번째 말`);
  expect(Math.abs((await read.boundingBox())!.y - before)).toBeLessThan(60);
});

test('at the bottom the page follows; above it the eye stays and is told of news', NODES, async ({ person, title }) => {
  const [mina, sora] = [await person(), await person()];
  const room = await createLongTalk(mina, title);
  await mina.openRoom(room);
  await sora.enterByLink(room);

  await sora.say('아래에 있을 때');
  await expect(mina.bubble('아래에 있을 때')).toBeInViewport();

  const read = mina.bubble(`${MESSAGES - 30}번째 말`);
  await read.scrollIntoViewIfNeeded();
  await expect(mina.bubble('아래에 있을 때')).not.toBeInViewport();
  const before = (await read.boundingBox())!.y;
  await sora.say('위를 볼 때');
  await expect(jumpButton(mina)).toHaveText('새 메시지 1개');
  expect(Math.abs((await read.boundingBox())!.y - before)).toBeLessThan(2);
  await jumpButton(mina).click();
  await expect(mina.bubble('위를 볼 때')).toBeInViewport();
});
