import path from 'node:path';

import { PHONE, WIDE } from '../lib/devices.ts';
import { gif } from '../lib/gif.ts';
import { test, type Person } from '../lib/test.ts';

const FOLDER = path.resolve(import.meta.dirname, '../../public/screenshots');

test.use({ settings: {} });

/** What is said in the pictures, and the rooms of the lobby, in the language of each. */
const WORDS = {
  ko: {
    locale: 'ko-KR',
    rooms: ['고양이만 올라오는 방', '오늘 점심 뭐 먹지', '움짤 자랑 모임', '새벽 세 시의 수다'],
    says: ['오늘의 움짤 올려요 🐾', 'ㅋㅋㅋㅋㅋ 통통 튀는 것 좀 봐', '이런 건 어디서 찾아요?', '그럼 저도 하나!'],
  },
  en: {
    locale: 'en-US',
    rooms: ['Nothing but cats', 'What is for lunch', 'Show your best GIF', 'Awake at three'],
    says: ['GIF of the day 🐾', 'hahaha look at it bounce', 'Where do you find these?', 'Here is one of mine!'],
  },
} as const;

async function takePicture({ page }: Person, name: string): Promise<void> {
  await page.waitForFunction(() => [...document.images].every((image) => image.complete));
  await page.screenshot({ path: path.join(FOLDER, name) });
}

for (const [lang, { locale, rooms, says }] of Object.entries(WORDS)) {
  test(`the pictures of the manifest, ${lang}`, async ({ person }) => {
    const [mina, sora, phone] = [
      await person({ locale, viewport: WIDE }),
      await person({ locale, viewport: WIDE }),
      await person({ locale, viewport: PHONE, colorScheme: 'light' }),
    ];
    for (const title of rooms.toReversed()) await sora.createRoom({ title, capacity: 20 });
    await mina.enterRoom(rooms[0]);
    await phone.openLobby();
    await takePicture(phone, `lobby-narrow.${lang}.png`);
    await phone.enterByLink(sora.roomId());
    await sora.say(says[0]);
    await sora.sendGif(gif('a.gif', { width: 280, height: 160, frames: 12, tint: 0 }));
    await mina.say(says[1]);
    await mina.say(says[2]);
    await phone.say(says[3]);
    await phone.sendGif(gif('b.gif', { width: 240, height: 130, frames: 12, tint: 1 }));
    await takePicture(mina, `room-wide.${lang}.png`);
    await takePicture(phone, `room-narrow.${lang}.png`);
  });
}
