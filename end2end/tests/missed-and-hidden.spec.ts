import { EACH_INPUT } from '../lib/devices.ts';
import { badgeOf, bell, notificationsOf, setVisibility, withStubs } from '../lib/notifications.ts';
import { hideButton, nameOf, openPeople, threeInRoom } from '../lib/people.ts';
import { NODES, expect, test } from '../lib/test.ts';
import { hiddenFold, jumpButton, unreadLine } from '../lib/unread.ts';

// unread.spec.ts and mute.spec.ts test the details. Here three people use all of it together, with each kind of input.

for (const [input, options] of EACH_INPUT) {
  test(`what was missed is counted, told, marked and found: by ${input}`, NODES, async ({ person, title }) => {
    const [mina, sora, juno] = await threeInRoom(withStubs(person), title, { sora: options });
    await mina.say('읽은 말');
    await sora.expectMessage('읽은 말');
    await sora.press(bell(sora), input);
    await expect(bell(sora)).toHaveAttribute('aria-pressed', 'true');
    await sora.messageBox.fill('쓰다 만 글');

    await setVisibility(sora, 'hidden');
    await juno.say('첫째로 놓친 말');
    await expect.poll(async () => (await notificationsOf(sora)).map(({ body }) => body)).toEqual([`${await nameOf(juno, sora)}: 첫째로 놓친 말`]);
    for (let n = 0; n < 28; n++) await mina.sayByApi(sora.roomId(), `놓친 말 ${n}`);
    await mina.say('끝으로 놓친 말');
    await expect(sora.page).toHaveTitle(`(30) ${title} · gifchat`);
    await expect.poll(() => badgeOf(sora)).toBe(30);

    // Sora comes back by a reload, after which the page is visible.
    await sora.reload();
    const jump = jumpButton(sora);
    await expect(jump).toHaveText(/^(새 메시지 30개|30 new messages)$/);
    await sora.press(jump, input);
    await expect(unreadLine(sora)).toBeInViewport();
    await expect(sora.message('첫째로 놓친 말')).toBeInViewport();
    await expect(jump).toHaveText(/^(맨 아래로|To the newest)$/);
    // Tab would lead through all messages, and so reach the newest message before the button.
    if (input === 'keyboard') await sora.page.keyboard.press('End');
    else await sora.press(jump, input);
    await expect(sora.message('끝으로 놓친 말')).toBeInViewport();
    await expect(sora.page).toHaveTitle(`${title} · gifchat`);
    await expect(sora.messageBox, 'the draft has outlived the page').toHaveValue('쓰다 만 글');
  });

  test(`somebody's messages are hidden, opened and shown again: by ${input}`, NODES, async ({ person, title }) => {
    const [mina, sora, juno] = await threeInRoom(person, title, { sora: options });
    await juno.say('시끄러운 말');
    await sora.expectMessage('시끄러운 말');
    const hide = await hideButton(sora, juno);
    await openPeople(sora, input);
    await sora.press(hide, input);
    await expect(hide).toHaveAttribute('aria-pressed', 'true');
    if (input === 'touch') await sora.page.keyboard.press('Escape');
    await expect(sora.message('시끄러운 말')).toHaveCount(0);
    await juno.say('또 왔어요');
    await mina.say('이건 보여요');
    await sora.expectMessage('이건 보여요');
    await expect(mina.message('또 왔어요'), 'the others see it').toHaveCount(1);

    await sora.press(hiddenFold(sora, 2), input);
    await sora.expectMessage('또 왔어요');
    await sora.press(hiddenFold(sora, 2), input);
    await expect(sora.message('또 왔어요')).toHaveCount(0);
    await openPeople(sora, input);
    await sora.press(hide, input);
    await sora.expectMessage('시끄러운 말');
    await sora.expectMessage('또 왔어요');
  });
}
