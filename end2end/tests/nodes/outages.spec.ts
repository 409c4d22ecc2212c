import { Engine } from '../../lib/engine.ts';
import { LEFT } from '../../lib/person.ts';
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
  /** How many milliseconds after one node has accepted a message a page of the other node shows it. */
  const crossing = async () => {
    const text = `건너는 말 ${(said += 1)}.`;
    const seen = sora.timeOf(text);
    await mina.sayByApi(room, text);
    const accepted = Date.now();
    return (await seen) - accepted;
  };
  /** Without NATS one message may be fast by chance, but not several in a row. */
  const areAllFast = async () => {
    for (let n = 0; n < 5; n++) expect(await crossing()).toBeLessThan(250);
  };
  await expect(areAllFast).toPass({ timeout: 15_000 });

  await nats.stop();
  for (let n = 0; n < 6; n++) expect(await crossing()).toBeLessThan(2500);
  await mina.reload();
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

  await mina.send('기다릴게요');
  expect((await late.page.goto(new URL(mina.page.url()).pathname))?.status()).toBe(503);
  await expect(late.page.getByText('잠시 쉬는 중이에요')).toBeVisible();
  await expect(mina.unsentNotice).toBeVisible();
  await expect(sora.log).not.toContainText('기다릴게요');

  await mongodb.start();
  await expect(late.page.getByRole('heading', { name: title })).toBeVisible({ timeout: 30_000 });
  await sora.expectMessage('기다릴게요', { timeout: 30_000 });
  await expect(mina.unsentNotice).toHaveCount(0);
  await sora.say('잘 왔어요');
  for (const someone of [mina, sora]) {
    await someone.expectMessage('잘 왔어요');
    await someone.expectMessage('기다릴게요');
    expect(await someone.times(LEFT)).toBe(0);
  }
});
