// The few words that scripts say, in both languages.

export type Lang = "zh" | "en";

const WORDS = {
  copy: ["复制", "Copy"],
  copied: ["已复制", "Copied"],
  saving: ["正在保存…", "Saving…"],
  saved: ["已保存 {0}", "Saved at {0}"],
  offline: ["暂未保存：网络不通，内容留在本页，将自动重试。", "Not saved yet: no connection. Your text stays on this page and is sent again."],
  stale: ["这份申请已在别处更新。请刷新页面后继续，您刚才输入的内容会恢复。", "This was changed elsewhere. Please reload the page; what you typed comes back."],
  signedOut: ["登录已过期。请重新登录，您刚才输入的内容会恢复。", "You were signed out. Please sign in again; what you typed comes back."],
  refused: ["未能保存：{0}", "Not saved: {0}"],
  restored: ["已恢复您上次未保存的内容。", "What you had typed and not saved was brought back."],
  yes: ["确认", "Confirm"],
  no: ["返回", "Go back"],
  filter: ["在本页中查找", "Find on this page"],
  shown: ["显示 {0} / {1} 条", "{0} of {1} rows shown"],
  keysOn: ["键盘操作：j 下一条，k 上一条，Enter 打开，其余按键见各按钮。", "Keys: j next, k previous, Enter opens, others as shown on the buttons."],
  keysBar: ["键盘操作：按键见各按钮。", "Keys: as shown on the buttons."],
  keysOff: ["停用按键", "Turn keys off"],
  keysStart: ["启用按键", "Turn keys on"],
  theme: ["外观：{0}", "Appearance: {0}"],
  system: ["跟随系统", "as the system"],
  light: ["浅色", "light"],
  dark: ["深色", "dark"],
  print: ["打印", "Print"],
  found: ["{0} 个结果", "{0} results"],
  none: ["没有找到", "Nothing found"],
} as const satisfies Record<string, readonly [string, string]>;

export type Word = keyof typeof WORDS;

/** The words for a language, with `{0}`, `{1}` filled in. */
export function say(lang: Lang, word: Word, ...parts: (string | number)[]): string {
  return WORDS[word][lang === "en" ? 1 : 0].replace(/\{(\d)\}/g, (_all, at: string) => String(parts[Number(at)] ?? ""));
}

/** The language of a page by the tag of its root element. */
export function langOf(tag: string): Lang {
  return tag.toLowerCase().startsWith("en") ? "en" : "zh";
}
