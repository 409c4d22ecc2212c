// Encodes a message as gifchat does for its readers. Nothing is stored, and the sender is always the same.

const PERSON = { id: "019ac1d27b3f7c20a4b4e6d1c2f3a4b5", name: { adjective: 12, animal: 34 } };
const CLIENT = "5d41402abc4b2a76b9719d911017c592";

let seq = 0;

/** The entry for a message with this text, as an object that is not encoded yet. */
export function entry(text) {
  seq += 1;
  return { Entry: { seq, at: Date.now(), person: PERSON, client: CLIENT, what: { Text: text } } };
}
