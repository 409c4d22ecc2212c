/** What people do with the panel of GIFs: their own GIFs, and files before they are sent. */

import { expect, type Locator } from '@playwright/test';

import type { Upload } from './gif.ts';
import type { Input, Person } from './person.ts';

/** The panel, open or not. */
export function panelOf(someone: Person): Locator {
  return someone.page.getByRole('dialog', { name: 'GIF', exact: true });
}

/** The GIFs that the panel lists. */
export function squares(someone: Person): Locator {
  return panelOf(someone).getByRole('option');
}

export function gifButton(someone: Person): Locator {
  return someone.button(['GIF 고르기 (내 GIF, 파일)', 'Choose a GIF (yours, or a file)']);
}

export function searchField(someone: Person): Locator {
  return panelOf(someone).getByRole('combobox', { name: someone.words(['이름, 태그, 초성(ㄱㅇㅇ)으로 찾기', 'Find by name or tag']) });
}

export function captionField(someone: Person): Locator {
  return panelOf(someone).getByRole('textbox', { name: someone.words(['덧붙일 말', 'Add a message']) });
}

export function panelSend(someone: Person): Locator {
  return panelOf(someone).locator('.panel-draft .accent');
}

export async function openPanel(someone: Person, input: Input = 'mouse'): Promise<Locator> {
  const panel = panelOf(someone);
  await someone.press(gifButton(someone), input);
  await expect(panel.getByRole('tab').first()).toBeVisible();
  return panel;
}

const TABS = { mine: ['내 GIF', 'My GIFs'], file: ['파일', 'File'], make: ['만들기', 'Make'] } as const;

/** The tab of this name. */
export function tabOf(someone: Person, tab: keyof typeof TABS): Locator {
  return panelOf(someone).getByRole('tab', { name: someone.words(TABS[tab]) });
}

export async function openTab(someone: Person, tab: keyof typeof TABS): Promise<void> {
  await tabOf(someone, tab).click();
}

/** Shows one of the sections of the person's own GIFs. */
export async function openSection(someone: Person, words: readonly [string, string]): Promise<void> {
  await panelOf(someone).getByRole('button', { name: someone.words(words), exact: true }).click();
}

/** Chooses files in the panel, which is open. They are not sent yet. */
export async function previewFiles(someone: Person, files: Upload | Upload[]): Promise<void> {
  await openTab(someone, 'file');
  await panelOf(someone).locator('input[type=file]').first().setInputFiles(files);
  await expect(panelOf(someone).locator('.thumb').first()).toBeVisible();
}

/** Types how the GIF is to be shown. */
export async function describe(someone: Person, description: string, veiled = false): Promise<void> {
  const panel = panelOf(someone);
  const unfold = panel.getByRole('button', { name: someone.words(['설명·가리기', 'Describe or hide']) });
  if ((await unfold.getAttribute('aria-expanded')) !== 'true') await unfold.click();
  await panel.locator('#gifs-description').fill(description);
  await panel.getByRole('checkbox').setChecked(veiled);
}

/** Drops files on the page, as from a folder. */
export async function dropFiles(someone: Person, files: Upload[]): Promise<void> {
  const plain = files.map(({ name, mimeType, buffer }) => ({ name, mimeType, bytes: [...buffer] }));
  await someone.page.evaluate((files) => {
    const data = new DataTransfer();
    for (const { name, mimeType, bytes } of files) data.items.add(new File([new Uint8Array(bytes)], name, { type: mimeType }));
    for (const kind of ['dragover', 'drop']) {
      document.body.dispatchEvent(new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: data }));
    }
  }, plain);
}

/** Counts the bytes of bodies that this person's page sends from now on. Each upload counts for a million bytes more, so that
 * none goes unnoticed. */
export function countSent(someone: Person): () => number {
  let bytes = 0;
  someone.page.on('request', (request) => {
    bytes += request.postDataBuffer()?.length ?? 0;
    if (request.url().includes('/api/upload_gif')) bytes += 1_000_000;
  });
  return () => bytes;
}

/** Sets the name, the tags and the folder of the GIF that was chosen. */
export async function label(someone: Person, name: string, tags: string, folder: string): Promise<void> {
  const panel = panelOf(someone);
  await panel.getByRole('button', { name: someone.words(['이름·태그·폴더', 'Name, tags, folder']) }).click();
  await panel.locator('#gifs-name').fill(name);
  await panel.locator('#gifs-tags').fill(tags);
  await panel.locator('#gifs-folder').fill(folder);
  await panel.getByRole('button', { name: someone.words(['저장', 'Save']), exact: true }).click();
  await expect(panel.locator('#gifs-name')).toHaveCount(0);
}
