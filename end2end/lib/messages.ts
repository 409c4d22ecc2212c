/** What people do with messages besides sending them: whispers, replies, reactions and removals. */

import { expect, type Locator } from '@playwright/test';

import { nameOf, openPersonMenu } from './people.ts';
import type { Input, Person, Words } from './person.ts';

/** The labels of the menu on a message. */
export const MESSAGE_ACTIONS = {
  reply: ['답장', 'Reply'],
  whisper: ['귓속말', 'Whisper'],
  remove: ['지우기', 'Remove'],
  keep: ['내 GIF에 담기', 'Keep in my GIFs'],
  showing: ['설명·가리기', 'Describe or hide'],
} as const satisfies Record<string, Words>;

type MessageAction = keyof typeof MESSAGE_ACTIONS;

/** The reactions, in the order in which they stand under a message. */
export const EMOJI = ['👍', '❤️', '😂', '😮', '😢', '🎉'] as const;

// --- What is on the page

/** The bubbles that are left of removed messages. */
export function removedMessages(someone: Person): Locator {
  return someone.log.locator('.bubble').filter({ hasText: new RegExp(`^${removedText(someone)}$`) });
}

/** The words in the place of a removed message, and in quotes of it. */
export function removedText(someone: Person): string {
  return someone.words(['지워진 메시지예요', 'This message was removed']);
}

/** The reactions under a message, each a button with its number. */
export function chips(message: Locator): Locator {
  return message.locator('xpath=following-sibling::li[1][contains(@class, "reactions")]').getByRole('button');
}

export function chip(message: Locator, emoji: string): Locator {
  return chips(message).filter({ hasText: emoji });
}

export function quoteIn(message: Locator): Locator {
  return message.locator('.quote');
}

export function messageMenuButton(someone: Person, message: Locator): Locator {
  return someone.button(['메시지 메뉴', 'Message menu'], message);
}

/** The bar above the message box that says to whom the person is whispering. Its button ends that. */
export function whisperBar(someone: Person): Locator {
  return someone.page.locator('.aim').filter({ has: someone.button(['귓속말 그만하기', 'Stop whispering']) });
}

/** The bar above the message box that says what the person is replying to. Its button ends that. */
export function replyBar(someone: Person): Locator {
  return someone.page.locator('.aim').filter({ has: someone.button(['답장 취소', 'Cancel reply']) });
}

/** The line under the log that says who is typing. */
export function typingNotice(someone: Person): Locator {
  return someone.page.locator('.typing');
}

// --- Doing things

export async function openMessageMenu(someone: Person, message: Locator, input: Input = 'mouse'): Promise<void> {
  if (input === 'mouse') await message.hover();
  await someone.press(messageMenuButton(someone, message), input);
  await expect(someone.menu).toBeVisible();
}

export async function chooseMessageAction(
  someone: Person,
  message: Locator,
  action: MessageAction,
  input: Input = 'mouse',
): Promise<void> {
  await openMessageMenu(someone, message, input);
  await someone.press(someone.button(MESSAGE_ACTIONS[action], someone.menu), input);
  await expect(someone.menu).toBeHidden();
}

export async function react(someone: Person, message: Locator, emoji: string, input: Input = 'mouse'): Promise<void> {
  await openMessageMenu(someone, message, input);
  await someone.press(someone.menu.getByRole('button', { name: emoji, exact: true }), input);
  await expect(someone.menu).toBeHidden();
}

/** Begins to whisper by the menu on a person; the whisper goes on until `stopWhispering`. */
export async function whisperTo(someone: Person, other: Person, input: Input = 'mouse'): Promise<void> {
  await openPersonMenu(someone, other, input);
  await someone.press(someone.button(MESSAGE_ACTIONS.whisper, someone.menu), input);
  await expect(whisperBar(someone)).toContainText(await nameOf(other, someone));
  await expect(someone.messageBox).toBeFocused();
}

export async function stopWhispering(someone: Person, input: Input = 'mouse'): Promise<void> {
  await someone.press(whisperBar(someone).getByRole('button'), input);
}

/** Removes a message by its menu; a dialog asks first. */
export async function remove(someone: Person, message: Locator, input: Input = 'mouse'): Promise<void> {
  await chooseMessageAction(someone, message, 'remove', input);
  const heading = someone.words(['메시지를 지울까요?', 'Remove the message?']);
  await expect(someone.dialog.getByRole('heading', { name: heading, exact: true })).toBeVisible();
  await someone.press(someone.button(MESSAGE_ACTIONS.remove, someone.dialog), input);
  await expect(someone.dialog).toBeHidden();
}

/** The picture of a message that is a GIF. */
export function imageOf(gif: Locator): Locator {
  return gif.getByRole('img', { name: /GIF/ });
}

/** The address of a GIF. Its still and its light copy, which the page may show instead, have `/still` and `/light` behind it. */
export async function addressOf(gif: Locator): Promise<string> {
  const address = await imageOf(gif).getAttribute('src');
  if (!address) throw new Error('the GIF has no address');
  return address.replace(/\/(still(\?webp)?|light)$/, '');
}
