import { gif } from '../lib/gif.ts';
import {
  HANDS,
  PHONE,
  WIDE,
  boxOf,
  choose,
  chip,
  gifs,
  looksRight,
  menuOf,
  message,
  openMenu,
  react,
  remove,
  removed,
  replyBar,
  say,
  sendGif,
  three,
  whisperBar,
  whisperTo,
} from '../lib/talk.ts';
import { expect, test, type Person } from '../lib/test.ts';

const LONG = `처음부터 끝까지 다 읽어 주세요. ${'한 줄에는 들어가지 않는 긴 이야기예요. '.repeat(4)}끝`;

/** Both sides of the log with all that talking has: joined whispers, GIFs, quotes of all kinds, reactions, removals. */
async function fill(reader: Person, other: Person): Promise<void> {
  await say(other, LONG);
  await say(other, '지울 말');
  await sendGif(other, gif('움짤.gif', { width: 220, height: 140, tint: 1 }));
  await choose(reader, message(reader, LONG), 'reply');
  await say(reader, '다 읽었어요');
  await choose(reader, message(reader, '지울 말'), 'reply');
  await say(reader, '왜요');
  await remove(other, message(other, '지울 말'));
  await choose(other, gifs(other), 'reply');
  await say(other, '이 움짤이요');
  // What comes while a button is pressed moves it away.
  await expect(message(reader, '이 움짤이요')).toHaveCount(1);
  for (const someone of [reader, other]) {
    await react(someone, message(someone, '다 읽었어요'), '👍');
    await react(someone, gifs(someone), '❤️');
  }
  await react(other, message(other, LONG), '😂');
  await whisperTo(reader, other);
  await say(reader, '너만 봐');
  await say(reader, LONG.slice(0, 60));
  await sendGif(reader, gif('몰래.gif', { width: 160, height: 120, tint: 3 }));
  await react(other, gifs(other).last(), '😮');
  await choose(other, message(other, '너만 봐'), 'reply');
  await say(other, '둘이서');
  await say(other, '이것도');
  await whisperBar(other).getByRole('button').click();
  await expect(message(reader, '이것도')).toHaveCount(1);
  await expect(removed(reader)).toHaveCount(1);
}

/** What is pressed on a phone is large enough for a thumb, and none of it lies over a text or off the screen. */
async function isWithinReach(someone: Person): Promise<void> {
  const wrong = await someone.page.evaluate(() => {
    const found: string[] = [];
    for (const button of document.querySelectorAll<HTMLElement>('.log .more, .log .chip, .log .quote, .aim button')) {
      const { left, right, top, bottom, width, height } = button.getBoundingClientRect();
      if (width === 0) continue;
      const name = `${button.className} ${button.getAttribute('value') ?? ''}`;
      if (left < 0 || right > innerWidth) found.push(`${name} leaves the screen`);
      // What is seen of a chip is less high than what can be pressed.
      const more = button.matches('.chip') ? -2 * parseFloat(getComputedStyle(button, '::after').top) : 0;
      if (width < 44 || height + more < 44) found.push(`${name} is ${width} by ${height + more}`);
      if (!button.matches('.more')) continue;
      for (const other of document.querySelectorAll('.log .bubble, .log .gif, .log .quote, .log .chip, .log .msg-head, .log .msg-time')) {
        const place = other.getBoundingClientRect();
        const over = left < place.right && right > place.left && top < place.bottom && bottom > place.top;
        if (over && place.width > 0) found.push(`${name} lies over ${other.className}: ${other.textContent?.slice(0, 20)}`);
      }
    }
    return found;
  });
  expect(wrong).toEqual([]);
}

const SIZES = { wide: { viewport: WIDE }, phone: { ...HANDS.touch, viewport: PHONE } };

for (const [size, options] of Object.entries(SIZES)) {
  for (const colorScheme of ['light', 'dark'] as const) {
    const locale = colorScheme === 'light' ? 'ko-KR' : 'en-US';
    test(`talking looks right: ${size}, ${colorScheme}`, async ({ person, title }, info) => {
      const hand = size === 'phone' ? 'touch' : 'mouse';
      const at = (name: string) => info.outputPath(`${name}-${size}-${colorScheme}.png`);
      const reader = { ...options, colorScheme, locale, reducedMotion: 'reduce' as const };
      const [mina, sora, juno] = await three(person, title, { mina: reader, sora: { viewport: WIDE }, juno: { viewport: WIDE } });
      await fill(mina, sora);
      await looksRight(mina, at('whisper-mode'));
      await expect(whisperBar(mina)).toBeInViewport({ ratio: 1 });
      if (size === 'phone') await isWithinReach(mina);
      await choose(mina, message(mina, '둘이서'), 'reply', hand);
      await expect(replyBar(mina)).toBeInViewport({ ratio: 1 });
      await looksRight(mina, at('whispered-reply'));
      for (const bar of [replyBar(mina), whisperBar(mina)]) if (await bar.isVisible()) await bar.getByRole('button').click();

      await message(mina, LONG).scrollIntoViewIfNeeded();
      await looksRight(mina, at('log'));
      await choose(mina, message(mina, LONG), 'reply', hand);
      await looksRight(mina, at('reply'));
      await chip(gifs(mina).first(), '❤️').scrollIntoViewIfNeeded();
      await openMenu(mina, message(mina, LONG), hand);
      await expect(menuOf(mina)).toBeInViewport({ ratio: 1 });
      await looksRight(mina, at('menu'));
      await mina.page.keyboard.press('Escape');
      await expect(menuOf(mina)).toBeHidden();
      await boxOf(sora).pressSequentially('음');
      await boxOf(juno).pressSequentially('음');
      await expect(mina.page.locator('.typing')).toContainText(/입력 중…|are typing…/);
      await looksRight(mina, at('typing'));
    });
  }
}
