/** What the composer asks about a text that begins like a command. */

import type { Locator } from '@playwright/test';

import type { Person } from './person.ts';

export function commandQuestion(someone: Person): Locator {
  return someone.page.locator('.command-question');
}

/** The button with exactly this answer. */
export function commandAnswer(someone: Person, label: string): Locator {
  return commandQuestion(someone).getByRole('button', { name: label, exact: true });
}
