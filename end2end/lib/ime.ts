/** A Korean input method: it shows a text while that is composed, and commits it when told to. */

import type { CDPSession } from '@playwright/test';

import type { Person } from './person.ts';

export class Ime {
  /** Writes into the message box of this person. */
  static async of(someone: Person): Promise<Ime> {
    await someone.messageBox.focus();
    return new Ime(await someone.context.newCDPSession(someone.page));
  }

  private constructor(private readonly session: CDPSession) {}

  /** Shows the stages of a syllable as it grows, for example ㅎ, 하, 한. */
  async compose(...stages: string[]): Promise<void> {
    for (const text of stages) {
      await this.session.send('Input.imeSetComposition', { text, selectionStart: text.length, selectionEnd: text.length });
    }
  }

  async commit(text: string): Promise<void> {
    await this.session.send('Input.insertText', { text });
  }

  /** Presses Enter while a syllable is open, which browsers report with key code 229. */
  async enterWhileComposing(): Promise<void> {
    const key = { key: 'Enter', code: 'Enter', windowsVirtualKeyCode: 229, nativeVirtualKeyCode: 229 };
    await this.session.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', ...key });
  }

  async releaseEnter(): Promise<void> {
    const key = { key: 'Enter', code: 'Enter', windowsVirtualKeyCode: 13, nativeVirtualKeyCode: 13 };
    await this.session.send('Input.dispatchKeyEvent', { type: 'keyUp', ...key });
  }
}
