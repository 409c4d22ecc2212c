import { EACH_SIZE, TOUCH, WIDE } from '../lib/devices.ts';
import { gif } from '../lib/gif.ts';
import { expectLooksRight } from '../lib/looks.ts';
import {
  chip,
  chooseMessageAction,
  openMessageMenu,
  react,
  remove,
  removedMessages,
  replyBar,
  stopWhispering,
  typingNotice,
  whisperBar,
  whisperTo,
} from '../lib/messages.ts';
import { threeInRoom } from '../lib/people.ts';
import { expect, test, type Person } from '../lib/test.ts';

const LONG = `처음부터 끝까지 다 읽어 주세요. ${'한 줄에는 들어가지 않는 긴 이야기예요. '.repeat(4)}끝`;

/** Fills both sides of the log with joined whispers, GIFs, quotes of all kinds, reactions and a removal. */
async function fill(reader: Person, other: Person): Promise<void> {
  await other.say(LONG);
  await other.say('지울 말');
  await other.sendGif(gif('움짤.gif', { width: 220, height: 140, tint: 1 }));
  await chooseMessageAction(reader, reader.message(LONG), 'reply');
  await reader.say('다 읽었어요');
  await chooseMessageAction(reader, reader.message('지울 말'), 'reply');
  await reader.say('왜요');
  await remove(other, other.message('지울 말'));
  await chooseMessageAction(other, other.gifs, 'reply');
  await other.say('이 움짤이요');
  // A message that arrived later would move the buttons that are pressed next.
  await reader.expectMessage('이 움짤이요');
  for (const someone of [reader, other]) {
    await react(someone, someone.message('다 읽었어요'), '👍');
    await react(someone, someone.gifs, '❤️');
  }
  await react(other, other.message(LONG), '😂');
  await whisperTo(reader, other);
  await reader.say('너만 봐');
  await reader.say(LONG.slice(0, 60));
  await reader.sendGif(gif('몰래.gif', { width: 160, height: 120, tint: 3 }));
  await react(other, other.gifs.last(), '😮');
  await chooseMessageAction(other, other.message('너만 봐'), 'reply');
  await other.say('둘이서');
  await other.say('이것도');
  await stopWhispering(other);
  await reader.expectMessage('이것도');
  await expect(removedMessages(reader)).toHaveCount(1);
}

/** On a phone every button is large enough for a thumb, and none lies over a text or off the screen. */
async function expectTouchable(someone: Person): Promise<void> {
  const wrong = await someone.page.evaluate(() => {
    const found: string[] = [];
    for (const button of document.querySelectorAll<HTMLElement>('.log .more, .log .chip, .log .quote, .aim button')) {
      const { left, right, top, bottom, width, height } = button.getBoundingClientRect();
      if (width === 0) continue;
      const name = `${button.className} ${button.getAttribute('value') ?? ''}`;
      if (left < 0 || right > innerWidth) found.push(`${name} leaves the screen`);
      // A chip can be pressed a little above and below what is seen of it.
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

for (const [size, viewport, schemes] of EACH_SIZE) {
  for (const colorScheme of schemes) {
    const locale = colorScheme === 'light' ? 'ko-KR' : 'en-US';
    test(`talking looks right: ${size}, ${colorScheme}`, async ({ person, title }, info) => {
      const input = size === 'phone' ? 'touch' : 'mouse';
      const at = (name: string) => info.outputPath(`${name}-${size}-${colorScheme}.png`);
      const reader = { viewport, ...(size === 'phone' ? TOUCH : {}), colorScheme, locale, reducedMotion: 'reduce' as const };
      const [mina, sora, juno] = await threeInRoom(person, title, { mina: reader, sora: { viewport: WIDE }, juno: { viewport: WIDE } });
      await fill(mina, sora);
      await expectLooksRight(mina, at('whisper-mode'));
      await expect(whisperBar(mina)).toBeInViewport({ ratio: 1 });
      if (size === 'phone') await expectTouchable(mina);
      await chooseMessageAction(mina, mina.message('둘이서'), 'reply', input);
      await expect(replyBar(mina)).toBeInViewport({ ratio: 1 });
      await expectLooksRight(mina, at('whispered-reply'));
      for (const bar of [replyBar(mina), whisperBar(mina)]) if (await bar.isVisible()) await bar.getByRole('button').click();

      await mina.message(LONG).scrollIntoViewIfNeeded();
      await expectLooksRight(mina, at('log'));
      await chooseMessageAction(mina, mina.message(LONG), 'reply', input);
      await expectLooksRight(mina, at('reply'));
      await chip(mina.gifs.first(), '❤️').scrollIntoViewIfNeeded();
      await openMessageMenu(mina, mina.message(LONG), input);
      await expect(mina.menu).toBeInViewport({ ratio: 1 });
      await expectLooksRight(mina, at('menu'));
      await mina.page.keyboard.press('Escape');
      await expect(mina.menu).toBeHidden();
      await sora.messageBox.pressSequentially('음');
      await juno.messageBox.pressSequentially('음');
      await expect(typingNotice(mina)).toContainText(/입력 중…|are typing…/);
      await expectLooksRight(mina, at('typing'));
    });
  }
}
