//! Words for what records say.

use crate::record::{
    Cards, Line, Note, OwnershipForm, Phase, Register, Says, Segment, ShownHolder, Standing,
    as_money,
};
use crate::watch::Cause;
use codes::{Label, Lang};
use elements::Value;
use kernel::PartyKey;
use portal::pick;

/// A value as people read it.
#[must_use]
pub fn said(value: &Value) -> String {
    match value {
        Value::Bool(true) => "是".to_owned(),
        Value::Bool(false) => "否".to_owned(),
        Value::Int(n) => n.to_string(),
        Value::Text(text) => text.clone(),
        Value::List(all) => all.iter().map(said).collect::<Vec<_>>().join("、"),
        Value::Map(parts) => {
            let parts = parts.iter().map(|(key, value)| format!("{key} {}", said(value)));
            parts.collect::<Vec<_>>().join("，")
        }
    }
}

/// A holder in one line: name, share, document.
#[must_use]
pub fn holder_text(lang: Lang, holder: &ShownHolder) -> String {
    let mut text = if holder.name.is_empty() {
        pick(lang, "（姓名已依法删除）", "(name erased by law)").to_owned()
    } else {
        holder.name.clone()
    };
    if let Some(share) = holder.share {
        text.push_str(&format!(" {share}"));
    }
    if let Some((_, number)) = &holder.document {
        text.push_str(&format!(" {number}"));
    }
    text
}

/// The role in which an officer looked.
pub(super) fn role(lang: Lang, role: &str) -> &str {
    match role {
        "clerk" => pick(lang, "窗口人员", "clerk"),
        "reviewer" => pick(lang, "审查人员", "reviewer"),
        "head" => pick(lang, "负责人", "head"),
        "inspector" => pick(lang, "核查人员", "inspector"),
        "supervisor" => pick(lang, "监督人员", "supervisor"),
        "auditor" => pick(lang, "审计人员", "auditor"),
        "court" => pick(lang, "法院", "court"),
        other => other,
    }
}

pub(super) fn form(lang: Lang, form: OwnershipForm) -> &'static str {
    match form {
        OwnershipForm::Sole => pick(lang, "单独所有", "sole"),
        OwnershipForm::Joint => pick(lang, "共同共有", "joint"),
        OwnershipForm::ByShare => pick(lang, "按份共有", "by shares"),
    }
}

pub(super) fn note(lang: Lang, note: Note) -> &'static str {
    match note {
        Note::AfterTransfer => pick(lang, "登记后查封", "seized after the transfer"),
        Note::NotTheHolder => pick(lang, "被执行人非登记权利人", "ordered against another"),
    }
}

/// What an event of a record is called.
pub(super) fn event(lang: Lang, what: &str) -> &str {
    match what {
        "Entered" => pick(lang, "登记", "entered"),
        "Amended" => pick(lang, "变更", "amended"),
        "Corrected" => pick(lang, "更正登记", "corrected"),
        "Closed" => pick(lang, "注销", "ended"),
        "Retired" => pick(lang, "记载终止", "record ended"),
        "RestrictionEntered" => pick(lang, "限制登记", "restriction entered"),
        "RestrictionRenewed" => pick(lang, "续期", "restriction renewed"),
        "RestrictionTimed" => pick(lang, "起算期限", "time runs"),
        "ActionRecorded" => pick(lang, "已起诉或者申请", "action recorded"),
        "RestrictionReleased" => pick(lang, "限制解除", "restriction released"),
        "RestrictionAnnulled" => pick(lang, "限制撤销记载", "restriction struck out"),
        "RestrictionLapsed" => pick(lang, "限制失效", "restriction lapsed"),
        "RestrictionPromoted" => pick(lang, "轮候转为生效", "waiting restriction binds"),
        "applied" => pick(lang, "有人提出申请", "applied for"),
        other => other,
    }
}

/// What an alert tells, in a few words: the event, and the kind of act or restriction where the register knows it.
#[must_use]
pub fn alert_label(register: Option<&Register>, cause: &Cause) -> Label {
    let act = register.and_then(|register| register.act(&cause.kind));
    let said = |lang| {
        let what = event(lang, &cause.what);
        act.as_ref().map_or_else(|| what.to_owned(), |act| format!("{what} · {}", act.get(lang)))
    };
    Label::new(said(Lang::Zh), said(Lang::En))
}

/// A segment in one line: its stretch of time and what it says in it, without a person's name.
#[must_use]
pub fn segment_text(lang: Lang, register: &Register, segment: &Segment) -> String {
    let day = |at: codes::Moment| at.date().to_string();
    let to = segment.to.map_or_else(|| pick(lang, "今", "now").to_owned(), day);
    let what = match &segment.says {
        Says::Stands(said) => {
            let facts = said.facts.iter().map(|(key, value)| {
                let section = match &segment.line {
                    Line::Section(id) => register.section(id),
                    Line::Restriction(_) => None,
                };
                let field = section.and_then(|section| section.fields.get(key));
                let label =
                    field.map_or_else(|| key.clone(), |field| field.label().get(lang).to_owned());
                let money = field.is_some_and(|field| field.money);
                let value = if money { as_money(value.clone()) } else { value.clone() };
                format!("{label} {}", self::said(&value))
            });
            let mut parts: Vec<String> = facts.collect();
            if !said.holders.is_empty() {
                let held = said.holders.len();
                let shares = said.holders.iter().filter_map(|holder| holder.share);
                let shares: Vec<String> = shares.map(|share| share.to_string()).collect();
                parts.push(match lang {
                    Lang::Zh => format!("权利人{held}人 {}", shares.join("、")).trim().to_owned(),
                    Lang::En => format!("{held} holder(s) {}", shares.join(", ")).trim().to_owned(),
                });
            }
            parts.join(pick(lang, "，", ", "))
        }
        Says::Restricts(Standing { phase, restriction }) => {
            let phase = match phase {
                Phase::InForce => pick(lang, "有效", "in force"),
                Phase::Waiting => pick(lang, "轮候", "waiting"),
            };
            let kind = register.restriction(&restriction.kind);
            let kind = kind.map(|kind| kind.label().get(lang).to_owned()).unwrap_or_default();
            format!("{kind} {phase} {}", restriction.document_no)
        }
    };
    format!("{}–{to} {what}", day(segment.from))
}

/// What the part of a line is called.
pub(super) fn part(register: &Register, line: &Line, part: &str) -> Label {
    let section = match line {
        Line::Section(id) => register.section(id),
        Line::Restriction(_) => None,
    };
    if let Some(field) = section.and_then(|section| section.fields.get(part)) {
        return field.label();
    }
    match part {
        "" => Label::new("整项", "The whole"),
        "holders" => Label::new("权利人", "Holders"),
        "sealed" => Label::new("个人信息", "Personal data"),
        "kind" => Label::new("种类", "Kind"),
        "phase" => Label::new("状态", "State"),
        "document_no" => Label::new("文号", "Document"),
        "amount" => Label::new("金额", "Amount"),
        "until" => Label::new("至", "Until"),
        other => Label::new(other, other),
    }
}

/// Tells the values of a comparison.
pub(super) struct Telling<'a> {
    pub(super) lang: Lang,
    pub(super) register: &'a Register,
    pub(super) cards: &'a Cards,
}

impl Telling<'_> {
    /// A party by its name, with its share.
    fn holder(&self, text: &str) -> String {
        let (party, share) = text.split_once(' ').unwrap_or((text, ""));
        let known = self.cards.get(&PartyKey::new(party)).map(|card| card.name.as_str());
        let name = known.unwrap_or(pick(self.lang, "（姓名已依法删除）", "(name erased by law)"));
        format!("{name} {share}").trim_end().to_owned()
    }

    /// The value of a part of a line.
    pub(super) fn value(&self, line: &Line, part: &str, value: &Value) -> String {
        let lang = self.lang;
        let field = match line {
            Line::Section(id) => self.register.section(id).and_then(|known| known.fields.get(part)),
            Line::Restriction(_) => None,
        };
        match (part, value) {
            ("", Value::Map(parts)) => {
                let parts = parts.iter().map(|(name, value)| {
                    let label = self::part(self.register, line, name);
                    format!("{} {}", label.get(lang), self.value(line, name, value))
                });
                parts.collect::<Vec<_>>().join(pick(lang, "，", ", "))
            }
            ("holders", Value::List(all)) => {
                let names = all.iter().filter_map(Value::as_text).map(|text| self.holder(text));
                names.collect::<Vec<_>>().join(pick(lang, "、", ", "))
            }
            ("kind", Value::Text(kind)) => {
                let known = self.register.restriction(kind);
                known.map_or_else(|| kind.clone(), |known| known.label().get(lang).to_owned())
            }
            ("phase", Value::Text(word)) if word == Phase::Waiting.word() => {
                pick(lang, "轮候", "waiting").to_owned()
            }
            ("phase", _) => pick(lang, "有效", "in force").to_owned(),
            ("until", Value::Text(text)) => {
                let at = text.parse().ok();
                at.map_or_else(|| text.clone(), |at| portal::moment(lang, at))
            }
            ("sealed", _) => pick(lang, "（加密保存）", "(sealed)").to_owned(),
            ("amount", value) => said(&as_money(value.clone())),
            (_, value) if field.is_some_and(|field| field.money) => said(&as_money(value.clone())),
            (_, value) => said(value),
        }
    }
}
