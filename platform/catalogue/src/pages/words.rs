//! Terms and small things in words.

use crate::Catalogue;
use crate::definition::{LegalNature, Service, ServiceKey};
use calendar::Term;
use codes::{Label, Lang};
use portal::Frame;

/// A term in words: 3 个工作日, 3 working days.
#[must_use]
pub fn term(lang: Lang, term: &Term) -> String {
    let counted = |n: u32, zh: &str, one: &str| match lang {
        Lang::Zh => format!("{n}{zh}"),
        Lang::En if n == 1 => format!("{n} {one}"),
        Lang::En => format!("{n} {one}s"),
    };
    match term {
        Term::Workdays { n: 0 } => portal::pick(lang, "当场", "on the spot").to_owned(),
        Term::Workdays { n } => counted(*n, "个工作日", "working day"),
        Term::Days { n, .. } | Term::TaxDays { n } => counted(*n, "日", "day"),
        Term::Months { n, .. } => counted(*n, "个月", "month"),
        Term::Years { n, .. } => counted(*n, "年", "year"),
        Term::Hours { n } | Term::OfficeHours { n } => counted(*n, "小时", "hour"),
        Term::Minutes { n } => counted(*n, "分钟", "minute"),
        // Terms of guides are lengths; the rest is written as the rule row has it.
        other => other.to_string(),
    }
}

/// The kind of act in law, in words.
pub(super) fn nature(nature: LegalNature) -> Label {
    match nature {
        LegalNature::Licence => Label::new("行政许可", "administrative licence"),
        LegalNature::Registration => Label::new("登记", "registration"),
        LegalNature::Filing => Label::new("备案", "filing"),
        LegalNature::Recognition => Label::new("确认", "recognition"),
        LegalNature::PublicService => Label::new("公共服务", "public service"),
        LegalNature::Enforcement => Label::new("执法", "enforcement"),
        LegalNature::SelfRegulation => Label::new("行业自律", "self-regulation"),
    }
}

/// The title of a reform with its number, for the way back.
pub(super) fn numbered(frame: &Frame, catalogue: &Catalogue, n: u8) -> String {
    let title = catalogue.title(n).unwrap_or_default();
    format!("{n:02} {}", title.get(frame.lang))
}

/// The fee in words.
pub(super) fn fee(frame: &Frame, fen: i64) -> maud::Markup {
    if fen == 0 {
        maud::html! { (frame.t("不收费", "None")) }
    } else {
        portal::money(frame.lang, fen)
    }
}

/// The role that decides a service, in words.
pub(super) fn role(frame: &Frame, catalogue: &Catalogue, service: &Service) -> String {
    let role = catalogue.directory().role(&service.organ);
    role.map_or(service.organ.clone(), |role| role.label().get(frame.lang).to_owned())
}

/// The address of a service's guide.
pub(super) fn service_href(key: &ServiceKey) -> String {
    format!("/services/{key}")
}

/// The address of a package's guide.
pub(super) fn package_href(key: &ServiceKey) -> String {
    format!("/packages/{key}")
}

/// Texts joined as a list of the language.
pub(super) fn joined<'a>(frame: &Frame, texts: impl IntoIterator<Item = &'a str>) -> String {
    texts.into_iter().collect::<Vec<_>>().join(frame.t("、", ", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_read_as_people_say_them() {
        for (text, zh, en) in [
            ("1wd", "1个工作日", "1 working day"),
            ("10wd", "10个工作日", "10 working days"),
            ("0wd", "当场", "on the spot"),
            ("30d", "30日", "30 days"),
            ("15d tax", "15日", "15 days"),
            ("6m", "6个月", "6 months"),
            ("until ClaimSettled", "until ClaimSettled", "until ClaimSettled"),
        ] {
            let parsed: Term = text.parse().unwrap();
            assert_eq!((term(Lang::Zh, &parsed), term(Lang::En, &parsed)), (zh.into(), en.into()));
        }
    }
}
