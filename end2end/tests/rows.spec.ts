/** A row looks the same, whether the server made it, or the browser when it arrived live, or the browser with the whole page. */

import { ALTERATIONS, alterPages } from '../lib/altered.ts';
import { gif } from '../lib/gif.ts';
import { chooseMessageAction, react, remove, stopWhispering, whisperTo } from '../lib/messages.ts';
import { expect, test, type Person } from '../lib/test.ts';

/** An element with its attributes in order, without what belongs to one reader's clock or to one moment. */
type Shape = string | [tag: string, attributes: Record<string, string>, inside: Shape[]];

/** The rows of a document, in a form that can be compared. */
function shapesIn(root: ParentNode): Shape[] {
  function shape(element: Element): Shape {
    const attributes: Record<string, string> = {};
    for (const { name, value } of [...element.attributes].sort((a, b) => a.name.localeCompare(b.name))) {
      // A row is `fresh` only on pages that saw it arrive, and `found` only where its reader has jumped to it.
      const classes = () => value.split(' ').filter((word) => word && !['fresh', 'found'].includes(word)).sort();
      attributes[name] = name === 'class' ? classes().join(' ') : value;
      if (element.localName === 'time' && name === 'title') delete attributes[name];
      if (attributes[name] === '' && name === 'class') delete attributes[name];
      // Whether a GIF plays depends on whether it has been on the screen for a moment.
      if (name === 'src') attributes[name] = value.replace(/[/](still|light)([?]webp)?$/, '');
    }
    if (element.localName === 'time') return ['time', attributes, []];
    const inside: Shape[] = [];
    for (const node of element.childNodes) {
      if (node.nodeType === Node.ELEMENT_NODE) inside.push(shape(node as Element));
      const text = node.nodeType === Node.TEXT_NODE ? (node.textContent ?? '') : '';
      if (!text) continue;
      const last = inside.at(-1);
      if (typeof last === 'string') inside[inside.length - 1] = last + text;
      else inside.push(text);
    }
    return [element.localName, attributes, inside];
  }
  return [...root.querySelectorAll('.log .rows > li, .people li')].map(shape);
}

async function shapesOn({ page }: Person): Promise<Shape[]> {
  return page.evaluate(`(${shapesIn.toString()})(document)`);
}

/** The rows of the HTML as the server writes it. */
async function shapesFrom(someone: Person, room: string): Promise<Shape[]> {
  const html = await (await someone.context.request.get(`/room/${room}`)).text();
  return someone.page.evaluate(`(${shapesIn.toString()})(new DOMParser().parseFromString(${JSON.stringify(html)}, 'text/html'))`);
}

test('every kind of row is the same from the server, hydrated, made as it came, and made anew', async ({ person, title }) => {
  const [mina, sora] = [await person(), await person()];
  const room = await mina.createRoom({ title });
  await sora.enterByLink(room);
  await sora.waitUntilLive();
  for (const text of ['안녕 <b>&amp;', '이어서', 'https://example.com/?a=1&b=2 보세요', '```rust\nlet a = "<b>";\n```', '😀👍']) {
    await mina.send(text);
  }
  await mina.say('끝');
  await sora.say('내 말');
  await chooseMessageAction(mina, mina.message('내 말'), 'reply');
  await mina.say('답장');
  await whisperTo(mina, sora);
  await mina.say('너만');
  await stopWhispering(mina);
  await sora.say('다시 내 말');
  await mina.sendGif(gif('움짤.gif', { width: 60, height: 40 }));
  await react(sora, sora.message('이어서'), '👍');
  await react(sora, sora.message('다시 내 말'), '😂');
  await mina.say('지울 말');
  await remove(mina, mina.message('지울 말'));
  const juno = await person();
  await juno.enterByLink(room);
  await juno.leave();
  await expect(sora.page.locator('.people li')).toHaveCount(2);
  await expect(sora.page.locator('.log .system')).toHaveCount(4);

  const live = await shapesOn(sora);
  expect(live.length).toBeGreaterThan(15);
  await sora.page.reload();
  await sora.waitUntilLive();
  expect(await shapesOn(sora)).toEqual(live);
  expect(withoutLiveParts(await shapesFrom(sora, room))).toEqual(withoutLiveParts(live));

  await alterPages(sora, ALTERATIONS['an element of an extension first in the body']);
  await sora.page.reload();
  await sora.waitUntilLive();
  expect(await shapesOn(sora)).toEqual(live);
});

/** The same rows without the attributes that only a browser can set, for example whether a GIF plays. */
function withoutLiveParts(shapes: Shape[]): Shape[] {
  const without = (shape: Shape): Shape => {
    if (typeof shape === 'string') return shape;
    const [tag, { src, srcset, 'aria-pressed': _pressed, ...attributes }, inside] = shape;
    return [tag, attributes, inside.map(without)];
  };
  return shapes.map(without);
}
