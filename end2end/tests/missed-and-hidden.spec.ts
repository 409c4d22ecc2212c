import type { Locator } from '@playwright/test';

import { badge, look, noteOutside, told } from '../lib/tab.ts';
import { EACH_HAND, boxOf, logOf, message, nameOf, press, reload, say, three, type Hand } from '../lib/talk.ts';
import { NODES, expect, test, type Person } from '../lib/test.ts';

// What unread.spec.ts and mute.spec.ts look at closely, by three people and each hand; the keyboard's speaks English.

/** The list of people, which is a sheet on a phone. */
async function showPeople(someone: Person, hand: Hand): Promise<void> {
  const sheet = someone.page.getByRole('button', { name: /^(참여자|People)$/ });
  if (await sheet.isVisible()) await press(someone, sheet, hand);
}

function fold(someone: Person, count: number): Locator {
  return logOf(someone).getByRole('button', { name: new RegExp(`^(가린 메시지 ${count}개|${count} hidden messages?)$`) });
}

for (const [hand, options] of EACH_HAND) {
  test(`what was missed is counted, told, marked and found: by ${hand}`, NODES, async ({ person, title }) => {
    const noted = async (coming?: Parameters<typeof person>[0]) => {
      const someone = await person(coming);
      await noteOutside(someone);
      return someone;
    };
    const [mina, sora, juno] = await three(noted, title, { sora: options });
    await say(mina, '읽은 말');
    await expect(message(sora, '읽은 말')).toHaveCount(1);
    const bell = sora.page.getByRole('button', { name: /^(새 메시지 알림|Notify me of new messages)$/ });
    await press(sora, bell, hand);
    await expect(bell).toHaveAttribute('aria-pressed', 'true');
    await boxOf(sora).fill('쓰다 만 글');

    await look(sora, 'elsewhere');
    await say(juno, '첫째로 놓친 말');
    await expect.poll(async () => (await told(sora)).map(({ body }) => body)).toEqual([`${await nameOf(juno, sora)}: 첫째로 놓친 말`]);
    for (let n = 0; n < 28; n++) await mina.sayUnseen(sora.room(), `놓친 말 ${n}`);
    await say(mina, '끝으로 놓친 말');
    await expect(sora.page).toHaveTitle(`(30) ${title} · gifchat`);
    await expect.poll(() => badge(sora)).toBe(30);

    // Comes back by a new page, which is looked at.
    await reload(sora);
    const jump = sora.page.locator('.to-bottom');
    await expect(jump).toHaveText(/^(새 메시지 30개|30 new messages)$/);
    await press(sora, jump, hand);
    const line = logOf(sora).getByText(/^(여기부터 안 읽은 메시지|New messages)$/);
    await expect(line).toBeInViewport();
    await expect(message(sora, '첫째로 놓친 말')).toBeInViewport();
    await expect(jump).toHaveText(/^(맨 아래로|To the newest)$/);
    // With Tab one would come by all messages, and be at the newest before one is at the button.
    if (hand === 'keyboard') await sora.page.keyboard.press('End');
    else await press(sora, jump, hand);
    await expect(message(sora, '끝으로 놓친 말')).toBeInViewport();
    await expect(sora.page).toHaveTitle(`${title} · gifchat`);
    await expect(boxOf(sora), 'the draft has outlived the page').toHaveValue('쓰다 만 글');
  });

  test(`somebody's messages are hidden, opened and shown again: by ${hand}`, NODES, async ({ person, title }) => {
    const [mina, sora, juno] = await three(person, title, { sora: options });
    await say(juno, '시끄러운 말');
    await expect(message(sora, '시끄러운 말')).toHaveCount(1);
    const name = await nameOf(juno, sora);
    const hide = sora.page.getByRole('button', { name: new RegExp(`^(${name}님의 메시지 가리기|Hide messages from ${name})$`) });
    await showPeople(sora, hand);
    await press(sora, hide, hand);
    await expect(hide).toHaveAttribute('aria-pressed', 'true');
    if (hand === 'touch') await sora.page.keyboard.press('Escape');
    await expect(message(sora, '시끄러운 말')).toHaveCount(0);
    await say(juno, '또 왔어요');
    await say(mina, '이건 보여요');
    await expect(message(sora, '이건 보여요')).toHaveCount(1);
    await expect(message(mina, '또 왔어요'), 'the others see it').toHaveCount(1);

    await press(sora, fold(sora, 2), hand);
    await expect(message(sora, '또 왔어요')).toHaveCount(1);
    await press(sora, fold(sora, 2), hand);
    await expect(message(sora, '또 왔어요')).toHaveCount(0);
    await showPeople(sora, hand);
    await press(sora, hide, hand);
    await expect(message(sora, '시끄러운 말')).toHaveCount(1);
    await expect(message(sora, '또 왔어요')).toHaveCount(1);
  });
}
