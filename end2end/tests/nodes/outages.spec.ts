import { Engine } from '../../lib/engine.ts';
import { NODES, expect, test } from '../../lib/test.ts';

const withNats = test.extend<{ nats: Engine }>({
  nats: async ({}, use) => {
    const nats = await Engine.start('nats');
    await use(nats);
    await nats.remove();
  },
  settings: async ({ nats }, use) => use({ NATS_URL: nats.url }),
});

const withMongodb = test.extend<{ mongodb: Engine }>({
  mongodb: async ({}, use) => {
    const mongodb = await Engine.start('mongodb');
    await use(mongodb);
    await mongodb.remove();
  },
  settings: async ({ mongodb }, use) => use({ MONGODB_URI: `${mongodb.url}/gifchat` }),
});

withNats('while NATS is away, messages cross within two seconds', NODES, async ({ person, nats, title }) => {
  const [mina, sora] = [await person(), await person()];
  const room = await mina.createRoom({ title });
  await sora.enterRoom(title);
  let said = 0;
  /** Milliseconds from when one node has it until it is on a page of the other. */
  const crossing = async () => {
    const text = `건너는 말 ${(said += 1)}.`;
    const seen = sora.momentOf(text);
    await mina.sayUnseen(room, text);
    const accepted = Date.now();
    return (await seen) - accepted;
  };
  /** Several in a row: while it is away a single one may be lucky. */
  const areAllFast = async () => {
    for (let n = 0; n < 5; n++) expect(await crossing()).toBeLessThan(250);
  };
  await expect(areAllFast).toPass({ timeout: 15_000 });

  await nats.stop();
  for (let n = 0; n < 6; n++) expect(await crossing()).toBeLessThan(2500);
  await mina.page.reload();
  await mina.isInside();
  await sora.say('반대로도');
  await mina.expectMessage('반대로도');

  await nats.start();
  await expect(areAllFast).toPass({ timeout: 30_000 });
  const lines = Array.from({ length: said }, (_, n) => `건너는 말 ${n + 1}.`);
  for (const someone of [mina, sora]) {
    expect((await someone.entries()).filter((entry) => entry.startsWith('건너는'))).toEqual(lines);
  }
});

withMongodb('while MongoDB is away, pages wait and messages are kept', NODES, async ({ person, mongodb, title }) => {
  const [mina, sora, late] = [await person(), await person(), await person()];
  await mina.createRoom({ title });
  await sora.enterRoom(title);
  await mongodb.stop();

  await mina.type('기다릴게요');
  await mina.messageBox.press('Enter');
  expect((await late.page.goto(new URL(mina.page.url()).pathname))?.status()).toBe(503);
  await expect(late.page.getByText('잠시 쉬는 중이에요')).toBeVisible();
  await expect(mina.log.getByText('아직 보내지 못했어요.')).toBeVisible();
  await expect(sora.message('기다릴게요')).toHaveCount(0);

  await mongodb.start();
  await expect(late.page.getByRole('heading', { name: title })).toBeVisible({ timeout: 30_000 });
  await expect(sora.message('기다릴게요')).toBeVisible({ timeout: 30_000 });
  await expect(mina.log.getByText('아직 보내지 못했어요.')).toHaveCount(0);
  await sora.say('잘 왔어요');
  for (const someone of [mina, sora]) {
    await someone.expectMessage('잘 왔어요');
    await someone.expectMessage('기다릴게요');
    expect(await someone.times('님이 퇴장하셨습니다.')).toBe(0);
  }
});
