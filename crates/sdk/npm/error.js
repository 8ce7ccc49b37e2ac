/** Why something failed: a code of the closed list, and a sentence for people. */
export class SecureChatError extends Error {
  constructor(code, sentence) {
    super(sentence);
    this.name = 'SecureChatError';
    this.code = code;
  }

  /** Of a line that says `"ok": false`. */
  static of(answer) {
    return new SecureChatError(answer.code, answer.error);
  }
}
