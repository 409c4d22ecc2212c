import path from 'node:path';

import { gif } from '../lib/gif.ts';
import { test } from '../lib/test.ts';

const FILE = path.resolve(import.meta.dirname, '../../docs/screenshot.png');

test.use({ settings: {} });

test('the picture of the README', async ({ person }) => {
  const [mina, sora, juno, haru] = [await person(), await person(), await person(), await person()];
  const title = '고양이만 올라오는 방';
  await sora.createRoom({ title, capacity: 20 });
  await mina.enterRoom(title);
  await juno.enterRoom(title);
  await haru.enterRoom(title);
  await sora.say('오늘의 움짤 올려요 🐾');
  await sora.sendGif(gif('움짤.gif', { width: 280, height: 160, frames: 12, tint: 0 }));
  await juno.say('ㅋㅋㅋㅋㅋ 통통 튀는 것 좀 봐');
  await mina.say('이런 건 어디서 찾아요?');
  await haru.say('비밀이에요 🤫');
  await mina.say('그럼 저도 하나!');
  await mina.sendGif(gif('움짤.gif', { width: 240, height: 130, frames: 12, tint: 1 }));
  await haru.say('좋다 좋아');
  await mina.expectMessage('좋다 좋아');
  await mina.page.waitForFunction(() => [...document.images].every((image) => image.complete));
  await mina.page.screenshot({ path: FILE });
});
