//! The forms and answers of the two reforms, as they lie in their folders.

use elements::{Dictionary, from_yaml};
use forms::{Answers, Crosswalks, MergedForm, ServiceForm, Spot, merge};

/// The nine services of the set-up package (企业开办), in the order of the spec.
pub(crate) const SETUP: [&str; 9] =
    ["name", "reg", "bo", "seal", "tax", "soc", "med", "fund", "bank"];

pub(crate) fn dictionary() -> Dictionary {
    Dictionary::builtin().unwrap()
}

pub(crate) fn maps() -> Crosswalks {
    Crosswalks::builtin().unwrap()
}

pub(crate) fn form_text(service: &str) -> &'static str {
    macro_rules! forms {
        ($($name:literal in $folder:literal),*) => {
            match service {
                $($name => include_str!(concat!("../../../../reforms/", $folder, "/forms/", $name, ".yaml")),)*
                other => panic!("no form `{other}`"),
            }
        };
    }
    forms!(
        "name" in "28-licence-one-window", "reg" in "28-licence-one-window", "bo" in "28-licence-one-window",
        "seal" in "28-licence-one-window", "tax" in "28-licence-one-window", "soc" in "28-licence-one-window",
        "med" in "28-licence-one-window", "fund" in "28-licence-one-window", "bank" in "28-licence-one-window",
        "food" in "28-licence-one-window", "hyg" in "28-licence-one-window",
        "pub" in "01-publication-licensing", "netpub" in "01-publication-licensing"
    )
}

pub(crate) fn parse(service: &str, text: &str) -> ServiceForm {
    ServiceForm::parse(&dictionary(), &format!("{service}.yaml"), text).unwrap()
}

/// The forms of services, read from their files.
pub(crate) fn forms(services: &[&str]) -> Vec<ServiceForm> {
    services.iter().map(|service| parse(service, form_text(service))).collect()
}

pub(crate) fn setup_and(more: &[&'static str]) -> Vec<&'static str> {
    SETUP.iter().chain(more).copied().collect()
}

pub(crate) fn merged(services: &[&str]) -> MergedForm {
    let forms = forms(services);
    merge(&dictionary(), &forms.iter().collect::<Vec<_>>()).unwrap()
}

pub(crate) fn qinghe() -> Answers {
    let text =
        include_str!("../../../../reforms/28-licence-one-window/samples/answers/qinghe.yaml");
    from_yaml("qinghe.yaml", text).unwrap()
}

pub(crate) fn qinghe_food() -> Answers {
    let text =
        include_str!("../../../../reforms/28-licence-one-window/samples/answers/qinghe-food.yaml");
    from_yaml("qinghe-food.yaml", text).unwrap()
}

pub(crate) fn spot(text: &str) -> Spot {
    text.parse().unwrap()
}
