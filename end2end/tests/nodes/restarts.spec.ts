import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { ENTERED, LEFT } from '../../lib/person.ts';
import { PROJECT } from '../../lib/program.ts';
import { NODES, expect, test } from '../../lib/test.ts';

test.describe('on a cluster of its own', () => {
  test.use({ settings: {} });

  test('while the nodes are restarted one after the other, nothing is lost and nobody announced', NODES, async ({ person, cluster, title }) => {
    const { url } = cluster;
    const [mina, sora] = [await person({ url }), await person({ url })];
    await mina.createRoom({ title });
    await sora.enterRoom(title);
    const said: string[] = [];
    let isOver = false;
    const restart = cluster.restart().finally(() => (isOver = true));
    try {
      while (!isOver) {
        const text = `말 ${said.length + 1}`;
        said.push(text);
        await mina.send(text);
        await mina.expectMessage(text);
      }
    } finally {
      await restart;
    }
    await mina.say('다시 둘 다');

    await sora.expectMessage('다시 둘 다', { timeout: 20_000 });
    for (const someone of [mina, sora]) {
      const entries = await someone.entries();
      expect(entries.filter((entry) => entry.startsWith('말 '))).toEqual(said);
      expect(entries.filter((entry) => entry.includes(ENTERED))).toHaveLength(2);
      expect(entries.filter((entry) => entry.includes(LEFT))).toEqual([]);
    }
  });

  test('a node that has just come back takes all sockets when the other one dies', NODES, async ({ person, cluster }) => {
    const [first, second] = cluster.nodes;
    await second.stop();
    const { page } = await person({ url: cluster.url });
    // nginx has two processes, and this lets both of them find that the second node is gone.
    const look = () => page.evaluate(() => Promise.all(Array.from({ length: 12 }, async () => (await fetch('/healthz')).ok)));
    await page.goto('/');
    expect(await look()).not.toContain(false);
    await second.start();
    await first.kill();
    const opened = await page.evaluate(async () => {
      const sockets = Array.from({ length: 12 }, () => new WebSocket('/ws'));
      return Promise.all(sockets.map((socket) => new Promise((end) => {
        socket.onopen = () => end(true);
        socket.onerror = () => end(false);
      })));
    });
    expect(opened).not.toContain(false);
    await first.start();
  });

  test('while nodes are of two versions, each page finds its scripts', NODES, async ({ person, cluster }) => {
    const newer = await mkdtemp(path.join(tmpdir(), 'gifchat-site-'));
    try {
      await cp(path.join(PROJECT, 'target/site'), newer, { recursive: true });
      await writeFile(path.join(newer, 'pkg/gifchat.newer.js'), 'export {}');
      const upgraded = cluster.nodes[1];
      await upgraded.stop();
      await upgraded.start({ LEPTOS_SITE_ROOT: newer });
      const mina = await person({ url: cluster.url });
      const get = (file: string) => mina.context.request.get(`/pkg/${file}`);
      for (let n = 0; n < 6; n++) {
        const answer = await get('gifchat.newer.js');
        expect(answer.status()).toBe(200);
        expect(answer.headers()['cache-control']).toContain('immutable');
        expect((await get('gifchat.oldest.js')).status()).toBe(404);
      }
    } finally {
      await rm(newer, { recursive: true });
    }
  });

  test('where no node is left the page says so, and comes back by itself', NODES, async ({ person, cluster }) => {
    const mina = await person({ url: cluster.url });
    await cluster.stop();
    expect((await mina.page.goto('/'))?.status()).toBe(503);
    await expect(mina.page.getByText('잠시 쉬는 중이에요')).toBeVisible();
    await cluster.restart();
    await expect(mina.page.getByRole('heading', { name: 'GIF 채팅방' })).toBeVisible({ timeout: 20_000 });
  });
});

test.describe('with a grace of three seconds', () => {
  test.use({ settings: { ROOM_GRACE: '3', ROOM_AWAY_GRACE: '3', ROOM_EMPTY_GRACE: '60' } });

  test('a node that dies takes nobody along but who is gone themselves', NODES, async ({ person, cluster, title }) => {
    const [first, second] = cluster.nodes;
    // While only the first node runs, everybody comes to it.
    await second.stop();
    const { url } = cluster;
    const [mina, sora, juno] = [await person({ url }), await person({ url }), await person({ url })];
    await mina.createRoom({ title });
    await sora.enterRoom(title);
    await juno.enterRoom(title);
    await second.start();
    const haru = await person({ url: second.url });
    await haru.enterRoom(title);
    await mina.say('모두 있어요');
    await haru.expectMessage('모두 있어요');

    const before = [mina.catchUps, sora.catchUps] as const;
    await first.kill();
    await juno.page.close();
    await mina.waitForReconnect(before[0]);
    await sora.waitForReconnect(before[1]);
    await mina.say('저는 그대로예요');
    await sora.say('저도요');
    await haru.expectMessage('저도요');

    // By the time this is announced, the death has been noticed and every grace on the first node is over.
    await expect(haru.log).toContainText(LEFT, { timeout: 30_000 });
    await first.start();
    await haru.say('한 명만 갔네요');
    for (const someone of [mina, sora, haru]) {
      await someone.expectMessage('한 명만 갔네요');
      expect(await someone.times(LEFT)).toBe(1);
      expect(await someone.times(ENTERED)).toBe(4);
    }
    await haru.openLobby();
    await expect(haru.card(title)).toContainText(/3\s*\/\s*10/);
  });
});
