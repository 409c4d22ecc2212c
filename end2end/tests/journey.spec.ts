import { gif } from '../lib/gif.ts';
import { ENTERED, LEFT } from '../lib/person.ts';
import { NODES, expect, test } from '../lib/test.ts';

test('two people meet in a room, talk in text and GIFs, and part', NODES, async ({ person, title }) => {
  const [mina, sora] = [await person(), await person()];
  await mina.createRoom({ title });
  await sora.enterRoom(title);
  await expect(mina.log).toContainText(ENTERED);

  await mina.say('안녕하세요!');
  await sora.expectMessage('안녕하세요!');
  await sora.say('반가워요 🦦');
  await mina.expectMessage('반가워요 🦦');

  await sora.sendGif(gif());
  await expect(mina.gifs).toHaveCount(1);

  await sora.leave();
  await expect(mina.log).toContainText(LEFT);
  await mina.leaveAsLast();
  await expect(mina.card(title)).toHaveCount(0);
});

test('three people in a room with a password read the same', NODES, async ({ person, title }) => {
  const [mina, sora, juno] = [await person(), await person(), await person()];
  const password = '우리끼리만';
  await mina.createRoom({ title, password });
  await sora.enterRoom(title, password);
  await juno.enterRoom(title, password);

  await mina.say('하나');
  await sora.expectMessage('하나');
  await sora.say('둘');
  await juno.expectMessage('둘');
  await juno.say('셋');

  for (const someone of [mina, sora, juno]) {
    for (const text of ['하나', '둘', '셋']) await someone.expectMessage(text);
    const said = (await someone.transcript()).filter((line) => ['하나', '둘', '셋'].includes(line));
    expect(said).toEqual(['하나', '둘', '셋']);
  }
});

test("own messages stand right, others' left, the system's in the middle", async ({ person, title }) => {
  const [mina, sora] = [await person(), await person()];
  await mina.createRoom({ title });
  await sora.enterRoom(title);
  await mina.say('제 말이에요');
  await sora.say('제 말은 왼쪽');
  await mina.expectMessage('제 말은 왼쪽');

  const log = (await mina.log.boundingBox())!;
  const middleOf = async (text: string | RegExp) => {
    const box = (await mina.log.getByText(text).last().boundingBox())!;
    return (box.x + box.width / 2 - log.x) / log.width;
  };
  expect(await middleOf('제 말이에요')).toBeGreaterThan(0.6);
  expect(await middleOf('제 말은 왼쪽')).toBeLessThan(0.4);
  expect(Math.abs((await middleOf(/님이 입장하셨습니다\.$/)) - 0.5)).toBeLessThan(0.05);
});

test('who comes later reads what was said before', NODES, async ({ person, title }) => {
  const [mina, sora] = [await person(), await person()];
  await mina.createRoom({ title });
  await mina.say('먼저 왔어요');
  await mina.sendGif(gif());
  await sora.enterRoom(title);
  await sora.expectMessage('먼저 왔어요');
  await expect(sora.gifs).toHaveCount(1);
});

test('two who talk at once read one and the same order', NODES, async ({ person, title }) => {
  const [mina, sora] = [await person(), await person()];
  const room = await mina.createRoom({ title });
  await sora.enterRoom(title);
  const lines = Array.from({ length: 20 }, (_, n) => `${n}번째 줄`);
  await Promise.all(lines.map((line, n) => (n % 2 ? mina : sora).sayByApi(room, line)));
  for (const line of lines) {
    await mina.expectMessage(line);
    await sora.expectMessage(line);
  }
  const said = async (someone: typeof mina) => (await someone.transcript()).filter((line) => lines.includes(line));
  expect(await said(mina)).toEqual(await said(sora));
});

test('leading and trailing blanks go, lines inside stay, nothing empty is sent', async ({ person, title }) => {
  const mina = await person();
  await mina.createRoom({ title });
  await mina.messageBox.fill('   ');
  await mina.messageBox.press('Enter');
  await mina.send('  첫 줄\n둘째 줄  ');
  await expect(mina.log.getByText(/첫 줄\s+둘째 줄/)).toHaveCount(1);
  await expect(mina.messageBox).toHaveValue('');
});

test('what looks like HTML is shown as it was typed', async ({ person, title }) => {
  const [mina, sora] = [await person(), await person()];
  await mina.createRoom({ title });
  await sora.enterRoom(title);
  const text = '<img src=x onerror=alert(1)> & </script><script>alert(2)</script>';
  await mina.say(text);
  await sora.expectMessage(text);
  await sora.reload();
  await sora.expectMessage(text);
});
