import { describe, expect, it } from "vitest";

import { answers, backoffMs, byName, changes, commandId, isDue, readKept, same } from "./draft";
import { actOf, nextRow } from "./keys";
import { fold, matches, narrow } from "./text";
import { langOf, say } from "./words";

const press = (key: string, more = {}) => ({ key, ctrlKey: false, metaKey: false, altKey: false, ...more });

describe("keys", () => {
  it("means an act only outside fields, without modifiers, and never while composing", () => {
    expect(actOf(press("j"), false, false)).toEqual({ kind: "move", by: 1 });
    expect(actOf(press("k"), false, false)).toEqual({ kind: "move", by: -1 });
    expect(actOf(press("Enter"), false, false)).toEqual({ kind: "open" });
    expect(actOf(press("g"), false, false)).toEqual({ kind: "press", key: "g" });
    expect(actOf(press("x"), false, false)).toBeUndefined();
    expect(actOf(press("r"), true, false)).toBeUndefined();
    expect(actOf(press("r"), false, true)).toBeUndefined();
    expect(actOf(press("r", { ctrlKey: true }), false, false)).toBeUndefined();
  });

  it("moves by one and stops at the ends", () => {
    expect(nextRow(-1, 1, 3)).toBe(0);
    expect(nextRow(-1, -1, 3)).toBe(2);
    expect(nextRow(2, 1, 3)).toBe(2);
    expect(nextRow(0, -1, 3)).toBe(0);
    expect(nextRow(1, 1, 3)).toBe(2);
    expect(nextRow(-1, 1, 0)).toBe(-1);
  });
});

describe("search", () => {
  it("does not mind width, case and order of words", () => {
    expect(fold("Ｈ６２１０ 正餐")).toBe("h6210 正餐");
    expect(matches("服务 h6210", "H6210 正餐服务")).toBe(true);
    expect(matches("零售", "H6210 正餐服务")).toBe(false);
    expect(matches("  ", "anything")).toBe(true);
  });

  it("puts what begins with the query first and keeps to the limit", () => {
    const choices = [
      { code: "F5229", label: "其他食品零售" },
      { code: "H6210", label: "正餐服务" },
      { code: "F5221", label: "食品零售" },
    ];
    expect(narrow("食品", choices, 9).map((choice) => choice.code)).toEqual(["F5221", "F5229"]);
    expect(narrow("f5", choices, 1).map((choice) => choice.code)).toEqual(["F5229"]);
  });
});

describe("draft", () => {
  it("sends what people typed and not the stamp", () => {
    expect(answers([["_action", "save"], ["a", "1"], ["_q:b", "x"]])).toEqual([["a", "1"]]);
  });

  it("sees a change of value, name, order and number", () => {
    expect(same([["a", "1"]], [["a", "1"]])).toBe(true);
    expect(same([["a", "1"]], [["a", "2"]])).toBe(false);
    expect(same([["a", "1"]], [["b", "1"]])).toBe(false);
    expect(same([["a", "1"], ["a", "2"]], [["a", "2"], ["a", "1"]])).toBe(false);
    expect(same([["a", "1"]], [])).toBe(false);
  });

  it("writes the id of a command as the server reads it", () => {
    expect(commandId(Uint8Array.from([0, 1, 15, 16, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 160]))).toBe("00010f10ff00000000000000000000a0");
  });

  it("waits longer each time, a minute at most", () => {
    expect([0, 1, 2, 3, 9].map(backoffMs)).toEqual([2000, 2000, 4000, 8000, 60_000]);
  });

  it("keeps repeated names in order", () => {
    expect(byName([["k", "1"], ["x", ""], ["k", "2"]])).toEqual(new Map([["k", ["1", "2"]], ["x", [""]]]));
  });

  it("keeps only what this tab changed, a cleared box too", () => {
    expect(changes([["a", "1"], ["k", "x"], ["k", "y"], ["t", "on"]], [["a", "1"], ["k", "x"], ["n", "2"]])).toEqual([
      ["k", ["x"]],
      ["t", []],
      ["n", ["2"]],
    ]);
    expect(changes([["a", "1"]], [["a", "1"]])).toEqual([]);
  });

  it("brings changes back unless they were posted and arrived", () => {
    const kept = { path: "/f", version: "3", posted: false  };
    expect(isDue({ ...kept, changes: [["a", ["1"]]] }, "4")).toBe(true);
    expect(isDue({ ...kept, posted: true, changes: [["a", ["1"]]] }, "3")).toBe(true);
    expect(isDue({ ...kept, posted: true, changes: [["a", ["1"]]] }, "4")).toBe(false);
    expect(isDue({ ...kept, changes: [] }, "3")).toBe(false);
  });

  it("reads back only what was kept for this page and is whole", () => {
    const kept = { path: "/f", version: "3", posted: false, changes: [["a", ["1"]]] };
    expect(readKept(JSON.stringify(kept), "/f")).toEqual(kept);
    expect(readKept(JSON.stringify(kept), "/g")).toBeUndefined();
    expect(readKept(JSON.stringify({ ...kept, changes: [["a", "1"]] }), "/f")).toBeUndefined();
    expect(readKept(JSON.stringify({ ...kept, changes: [["a"]] }), "/f")).toBeUndefined();
    expect(readKept(JSON.stringify({ ...kept, posted: 1 }), "/f")).toBeUndefined();
    expect(readKept("{", "/f")).toBeUndefined();
    expect(readKept("null", "/f")).toBeUndefined();
    expect(readKept(null, "/f")).toBeUndefined();
  });
});

describe("words", () => {
  it("speaks both languages and fills in parts", () => {
    expect(say("zh", "shown", 3, 20)).toBe("显示 3 / 20 条");
    expect(say("en", "shown", 3, 20)).toBe("3 of 20 rows shown");
    expect(langOf("zh-CN")).toBe("zh");
    expect(langOf("en")).toBe("en");
    expect(langOf("")).toBe("zh");
  });
});
