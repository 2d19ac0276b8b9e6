//! Pages of the founder on a phone.

use codes::{Date, Label};
use maud::{Markup, html};
use portal::{
    Button, Changes, Choice, Confirm, Control, DraftForm, Fact, Field, Frame, Groups, Lane, Notice,
    Page, PersonCard, PersonCards, Prefilled, Repeat, RepeatRow, RoleSelect, Sheet, Span,
    SpanState, Step, StepState, Timeline, Tone, Why, bullets, code, date, date_tag, details,
    error_summary, facts, history, inset, money, panel, print_button, role_board, steps, tag,
    verdict,
};

const fn day(month: i8, day: i8) -> Date {
    Date::constant(2026, month, day)
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|&text| text.to_owned()).collect()
}

pub(crate) fn start(frame: &Frame) -> Markup {
    let body = html! {
        h1 { (frame.t("开办餐饮企业", "Open a restaurant company")) }
        p.lead { (frame.t("一份表，一次签，营业执照和食品经营许可一起办。", "One form, one signature: business licence and food licence together.")) }
        dl.facts {
            div { dt { (frame.t("适用于", "For")) } dd { (frame.t("在广东省开办企业的个人和企业", "People and enterprises that open a company in Guangdong")) } }
            div { dt { (frame.t("多久", "How long")) } dd { (frame.t("营业执照当场或 1 个工作日；食品经营许可 10 个工作日", "Licence on the spot or 1 working day; food licence 10 working days")) } }
            div { dt { (frame.t("费用", "Fee")) } dd { (frame.t("免费", "None")) } }
        }
        h2 { (frame.t("请先备好", "Have at hand")) }
        (bullets(&[
            frame.t("每位股东、董事、监事的身份证件号码和手机号码", "Identity number and mobile number of each shareholder, director and supervisor"),
            frame.t("住所使用证明（能从地址库核实的免交）", "Proof of the right to use the premises (not needed where the address base confirms it)"),
        ]))
        p { (Button::link(frame.t("开始办理", "Start now"), "tasks.html")) }
        (details(frame.t("不在广东办理？", "Not in Guangdong?"), &html! { p { (frame.t("请到登记机关所在地的办事平台办理。", "Please use the platform of the place of registration.")) } }))
    };
    Page::new(frame.t("开办餐饮企业", "Open a restaurant company"))
        .crumb(frame.t("首页", "Home"), "/")
        .crumb(frame.t("28 证照“一口受理、并联办理”", "28 Licences through one window"), "/")
        .render(frame, &body)
}

pub(crate) fn tasks(frame: &Frame) -> Markup {
    let step = |zh: &str, en: &str, hint: Option<&str>, state| Step {
        label: frame.t(zh, en).to_owned(),
        hint: hint.map(str::to_owned),
        href: "fields.html".to_owned(),
        state,
    };
    let list = [
        step("企业名称", "Name", Some("青禾"), StepState::Done),
        step(
            "人员",
            "People",
            Some(frame.t("5 人，还缺 1 个手机号码", "5 people, one mobile number missing")),
            StepState::Begun,
        ),
        step("出资", "Money", None, StepState::Wrong),
        step("住所", "Place", None, StepState::Open),
        step("员工与社保", "Staff", None, StepState::Open),
        step("核对并签署", "Check and sign", None, StepState::Later),
    ];
    let body = html! {
        (Notice::new(Tone::Active, frame.t("已为您保存", "Saved for you"), html! { p { (frame.t("您可以随时离开，从“我的办件”继续。", "You can leave at any time and go on from “My cases”.")) } }))
        h1 { (frame.t("广州青禾餐饮管理有限公司", "Guangzhou Qinghe Catering Management Co., Ltd.")) }
        p.quiet { (frame.t("已完成 1 项，共 6 项", "1 of 6 completed")) }
        (steps(frame.lang, &list))
    };
    portal::page(frame, frame.t("任务清单", "Task list"), &body)
}

fn why(frame: &Frame) -> Why {
    Why {
        asked_by: owned(&[
            frame.t("设立登记（市场监管）", "Registration (market supervision)"),
            frame.t("开户预约（银行）", "Bank account"),
        ]),
        articles: owned(&[
            frame.t("市场主体登记管理条例第八条", "Market Entity Registration Regulation, art. 8")
        ]),
        seen_by: owned(&[
            frame.t("南沙区市场监管局", "Nansha Market Supervision"),
            frame.t("您选择的银行", "the bank you choose"),
        ]),
    }
}

fn inputs(frame: &Frame) -> Markup {
    let lang = frame.lang;
    let industries = [
        "H6210 正餐服务",
        "H6220 快餐服务",
        "H6231 茶馆服务",
        "H6232 咖啡馆服务",
        "H6233 酒吧服务",
        "F5229 其他食品零售",
        "F5243 图书零售",
        "O8040 理发及美容",
    ];
    let choices = industries
        .iter()
        .filter_map(|text| text.split_once(' '))
        .map(|(code, label)| Choice::new(code, format!("{code} {label}")))
        .collect();
    html! {
        (Field::new(lang, "trade_name", frame.t("字号", "Trade name"), Control::Text { max: Some(20), autocomplete: None, inputmode: None }).value("青禾").required(true).hint(frame.t("至少两个汉字，不能是地名或行业名称。", "At least two Chinese characters; no place and no line of business.")))
        (Field::new(lang, "registered_capital", frame.t("注册资本", "Registered capital"), Control::Money).value("5,000,000.001").required(true).error(Some(frame.t("请填写到分为止的金额，如 5,000,000.00。", "Enter the amount to the fen, such as 5,000,000.00."))).why(why(frame)))
        (Field::new(lang, "address_detail", frame.t("住所详细地址", "Address"), Control::Area { max: Some(100), lines: 2 }).value("南沙区港前大道南 162 号 801 房").required(true).prefilled(Prefilled { source: frame.t("标准地址库", "the address base").to_owned(), since: date(lang, day(1, 5)), dispute: Some("/dispute".to_owned()) }))
        (Field::new(lang, "floor_area", frame.t("经营面积", "Floor area"), Control::Number { unit: "m²".to_owned(), decimal: true }).value("186.5"))
        (Field::new(lang, "contribution_date", frame.t("出资日期", "Day of contribution"), Control::Date).value("2031-02-12").required(true))
        (Field::new(lang, "industry_code", frame.t("行业", "Industry"), Control::Select { choices, search: true }).value("H6210").required(true))
        (Field::new(lang, "vat_status", frame.t("增值税纳税人类型", "Kind of VAT payer"), Control::Radios(vec![
            Choice { hint: Some(frame.t("年销售额 500 万元以下", "Up to 5 million yuan of sales a year").to_owned()), ..Choice::new("small", frame.t("小规模纳税人", "Small-scale")) },
            Choice::new("general", frame.t("一般纳税人", "General")),
        ])).value("small").required(true))
        (Field::new(lang, "food_items", frame.t("经营项目", "Food items"), Control::Checks(vec![
            Choice::new("hot", frame.t("热食类制售", "Hot food")),
            Choice::new("cold", frame.t("冷食类制售", "Cold food")),
            Choice::new("drinks", frame.t("自制饮品制售", "Own drinks")),
        ])).value("hot").value("drinks"))
        (Field::new(lang, "address_division", frame.t("住所区划", "Division"), Control::Search { from: "/divisions".to_owned(), chosen: Some("广东省广州市南沙区".to_owned()), query: "南沙".to_owned(), found: vec![Choice::new("440115", "广东省广州市南沙区"), Choice::new("460300", "海南省三沙市")] }).value("440115").required(true))
        (Field::new(lang, "premises", frame.t("住所使用证明", "Proof of premises"), Control::File { accept: ".pdf,image/jpeg,image/png".to_owned(), multiple: false }).hint(frame.t("PDF 或照片，不超过 10 MB。", "PDF or photograph, 10 MB at most.")))
        (Field::new(lang, "uscc", frame.t("统一社会信用代码", "Unified social credit code"), Control::Output))
        (Field::new(lang, "name_pledge", frame.t("我已阅读名称承诺并同意", "I have read the pledge on names and agree"), Control::Tick).required(true))
    }
}

pub(crate) fn fields(frame: &Frame) -> Markup {
    let body = html! {
        (error_summary(frame.lang, [("registered_capital", frame.t("注册资本：请填写到分为止的金额", "Registered capital: enter the amount to the fen"))]))
        h1 { (frame.t("出资与经营", "Money and business")) }
        (DraftForm { lang: frame.lang, post_to: "/form", autosave: Some("/form"), command_id: "c-1", expected_version: 7, files: true, body: html! {
            (inputs(frame))
            div.acts { (Button::main(frame.t("保存并继续", "Save and continue"), "next")) (Button::second(frame.t("保存，以后再填", "Save for later"), "later").unchecked()) }
        } })
    };
    Page::new(frame.t("出资与经营", "Money and business"))
        .crumb(frame.t("任务清单", "Task list"), "tasks.html")
        .failed(true)
        .render(frame, &body)
}

fn roles(frame: &Frame, picks: &[Choice]) -> [RoleSelect; 3] {
    let lang = frame.lang;
    let role = |name: &str, label: &str, chosen: &str, error: Option<&str>| RoleSelect {
        lang,
        name: format!("role.{name}"),
        label: label.to_owned(),
        chosen: chosen.to_owned(),
        cards: picks.to_vec(),
        asked_by: owned(&[
            frame.t("设立登记", "registration"),
            frame.t("印章", "seals"),
            frame.t("税务", "tax"),
        ]),
        asks: Vec::new(),
        error: error.map(str::to_owned),
        required: true,
    };
    [
        role("legal_representative", frame.t("法定代表人", "Legal representative"), "p1", None),
        role(
            "agent",
            frame.t("经办人", "Agent"),
            "",
            Some(frame.t("请选择经办人", "Please choose the agent")),
        ),
        role("finance_officer", frame.t("财务负责人", "Finance officer"), "p3", None),
    ]
}

pub(crate) fn people(frame: &Frame) -> Markup {
    let lang = frame.lang;
    let card = |id: &str, name: &str, roles: &[&str], open| PersonCard {
        id: id.to_owned(),
        name: name.to_owned(),
        roles: owned(roles),
        fields: vec![
            maud::Render::render(
                &Field::text(lang, format!("card.{id}.name"), frame.t("姓名", "Name"))
                    .value(name)
                    .required(true),
            ),
            maud::Render::render(
                &Field::new(
                    lang,
                    format!("card.{id}.id_number"),
                    frame.t("证件号码", "Identity number"),
                    Control::Text { max: Some(18), autocomplete: None, inputmode: None },
                )
                .value("440113199003074516")
                .required(true)
                .why(why(frame)),
            ),
        ],
        missing: Vec::new(),
        open,
    };
    let cards = vec![
        card(
            "p1",
            "陈思远",
            &[
                frame.t("法定代表人", "legal representative"),
                frame.t("股东", "shareholder"),
                frame.t("联络员", "liaison"),
            ],
            true,
        ),
        card(
            "p2",
            "李若彤",
            &[frame.t("股东", "shareholder"), frame.t("监事", "supervisor")],
            false,
        ),
        card("p3", "周明", &[], false),
    ];
    let picks: Vec<Choice> = [("p1", "陈思远"), ("p2", "李若彤"), ("p3", "周明")]
        .map(|(id, name)| Choice::new(id, name))
        .into();
    let roles = roles(frame, &picks);
    let row = |n: usize, name: &str| RepeatRow {
        title: format!("{} {n}：{name}", frame.t("员工", "Employee")),
        body: html! { (Field::new(lang, format!("employee[{n}].monthly_wage"), frame.t("月工资", "Monthly wage"), Control::Money).value("6,800.00").required(true)) },
    };
    let body = html! {
        h1 { (frame.t("人员", "People")) }
        p { (frame.t("每个人只填一次，再选择他担任的角色。", "Each person is typed once; then choose the roles he or she takes.")) }
        (DraftForm { lang, post_to: "/form", autosave: Some("/form"), command_id: "c-2", expected_version: 7, files: false, body: html! {
            (PersonCards { lang, cards })
            h2 { (frame.t("谁担任什么角色", "Who takes which role")) }
            (role_board(lang, &picks, &roles))
            (Repeat { lang, name: "employee".to_owned(), title: frame.t("员工", "Employee").to_owned(), rows: vec![row(1, "周明"), row(2, "赵强")], max: None })
            div.acts { (Button::main(frame.t("保存并继续", "Save and continue"), "next")) }
        } })
    };
    portal::page(frame, frame.t("人员", "People"), &body)
}

pub(crate) fn check(frame: &Frame) -> Markup {
    let list = [
        Fact::new(frame.t("企业名称", "Name"), html! { "广州青禾餐饮管理有限公司" })
            .change("fields.html"),
        Fact::new(frame.t("注册资本", "Registered capital"), money(frame.lang, 500_000_000))
            .change("fields.html"),
        Fact::new(
            frame.t("法定代表人", "Legal representative"),
            html! { "陈思远 " (code(Groups::ResidentId, "440113199003074516")) },
        )
        .change("people.html"),
        Fact::new(
            frame.t("住所", "Address"),
            html! { "广东省广州市南沙区港前大道南 162 号 801 房" },
        )
        .from(
            frame
                .t("来自标准地址库，2026年1月5日起", "From the address base, since 5 January 2026"),
        )
        .change("fields.html"),
        Fact::new(
            frame.t("出资日期", "Day of contribution"),
            date_tag(frame.lang, Date::constant(2031, 2, 12)),
        )
        .change("fields.html"),
    ];
    let body = html! {
        h1 { (frame.t("提交前请核对", "Check your answers before you submit")) }
        (facts(frame.lang, &list))
        (inset(&html! { p { (frame.t("提交后各单位同时开始办理。受理前可以修改，受理后需申请更正。", "All organs start at the same moment. You can change this until it is accepted; after that you ask for a correction.")) } }))
        form method="post" action="/submit" { (portal::stamp("c-3", Some(8))) div.acts { (Button::main(frame.t("确认并提交", "Confirm and submit"), "submit").confirm(frame.t("提交后各单位开始办理。现在提交？", "All organs start to work on it. Submit now?"))) } }
    };
    portal::page(frame, frame.t("核对", "Check your answers"), &body)
}

pub(crate) fn done(frame: &Frame) -> Markup {
    let body = html! {
        (panel(frame.t("已提交", "Submitted"), &html! { p { (frame.t("办件编号 ", "Case number ")) (code(Groups::Whole, "28-440115-2026-000217-6")) } }))
        h2 { (frame.t("接下来", "What comes next")) }
        (facts(frame.lang, &[
            Fact::new(frame.t("最迟告知结果", "You hear at the latest on"), date_tag(frame.lang, day(2, 13))),
            Fact::new(frame.t("正在办理", "Now at work"), html! { (frame.t("南沙区市场监管局等 9 家单位", "Nansha Market Supervision and 8 more organs")) }),
        ]))
        div.acts { (Button::link(frame.t("查看进度", "Follow it"), "case.html")) (print_button(frame.lang)) }
    };
    portal::page(frame, frame.t("已提交", "Submitted"), &body)
}

fn span((from, to, state, cause): (Date, Date, SpanState, Option<&str>)) -> Span {
    Span { from, to, state, cause: cause.map(str::to_owned) }
}

fn lanes(frame: &Frame) -> Vec<Lane> {
    let lane = |organ: &str,
                task: &str,
                state: (Tone, &str),
                spans: Vec<(Date, Date, SpanState, Option<&str>)>,
                promise,
                statutory| Lane {
        organ: organ.to_owned(),
        task: task.to_owned(),
        state: (state.0, state.1.to_owned()),
        spans: spans.into_iter().map(span).collect(),
        promise: Some(promise),
        statutory: Some(statutory),
        href: None,
    };
    let (reg, food) =
        (frame.t("市场监管", "Market supervision"), frame.t("食品监管", "Food supervision"));
    let waits = Some(frame.t("等待统一社会信用代码", "needs the credit code"));
    vec![
        lane(
            reg,
            frame.t("设立登记", "registration"),
            (Tone::Good, frame.t("准予", "granted")),
            vec![(day(2, 12), day(2, 12), SpanState::Done, None)],
            day(2, 13),
            day(2, 24),
        ),
        lane(
            frame.t("公安", "Police"),
            frame.t("印章备案", "seals"),
            (Tone::Good, frame.t("已办结", "done")),
            vec![
                (day(2, 12), day(2, 12), SpanState::Waiting, waits),
                (day(2, 13), day(2, 13), SpanState::Done, None),
            ],
            day(2, 13),
            day(2, 26),
        ),
        lane(
            frame.t("银行", "Bank"),
            frame.t("开户预约", "account"),
            (Tone::Loss, frame.t("不予", "refused")),
            vec![
                (day(2, 12), day(2, 13), SpanState::Waiting, waits),
                (day(2, 14), day(2, 24), SpanState::Done, None),
            ],
            day(2, 13),
            day(3, 4),
        ),
        lane(
            food,
            frame.t("食品经营许可", "food licence"),
            (Tone::Time, frame.t("依法暂停", "stopped")),
            vec![
                (day(2, 12), day(2, 24), SpanState::Running, None),
                (
                    day(2, 25),
                    day(2, 28),
                    SpanState::Stopped,
                    Some(frame.t("检测（许可法第四十五条）", "test (Licensing Law, art. 45)")),
                ),
            ],
            day(3, 4),
            day(3, 10),
        ),
    ]
}

fn timeline(frame: &Frame) -> Timeline {
    let rest = [14, 28];
    Timeline {
        lang: frame.lang,
        caption: frame.t("办理进度", "Progress of the case").to_owned(),
        id: "case".to_owned(),
        from: day(2, 12),
        to: day(3, 12),
        today: Some(day(2, 26)),
        rest_days: (15..=28)
            .filter(|d| !rest.contains(d) && (*d <= 23))
            .map(|d| day(2, d))
            .chain([day(3, 1), day(3, 7), day(3, 8)])
            .collect(),
        lanes: lanes(frame),
    }
}

pub(crate) fn case(frame: &Frame) -> Markup {
    let at = |d, h, m| codes::Moment::from_wall(day(2, d).at(h, m, 0, 0));
    let change = |when, what: &str, who: &str| Changes {
        at: when,
        what: html! { (what) },
        who: Some(who.to_owned()),
    };
    let happened = [
        change(
            at(25, 9, 30),
            frame.t(
                "食品经营许可：因检测暂停 4 个工作日",
                "Food licence: stopped 4 working days for a test",
            ),
            frame.t("南沙区市场监管局", "Nansha Market Supervision"),
        ),
        change(
            at(12, 16, 5),
            frame
                .t("准予设立登记，营业执照已签发", "Registration granted, business licence issued"),
            frame.t("王晓岚", "Wang Xiaolan"),
        ),
        change(
            at(12, 15, 20),
            frame.t("已提交并受理", "Submitted and accepted"),
            frame.t("陈思远", "Chen Siyuan"),
        ),
    ];
    let body = html! {
        h1 { "广州青禾餐饮管理有限公司" }
        p { (tag(Tone::Active, frame.t("办理中", "Running"))) " " (code(Groups::Whole, "28-440115-2026-000217-6")) }
        (Notice::new(Tone::Time, frame.t("您现在不需要做什么", "There is nothing for you to do now"), html! { p { (frame.t("食品经营许可正在检测，结果最迟 2026年3月10日（周二）告知您。", "The food licence waits for a test; you hear by Tue 10 March 2026.")) } }))
        (timeline(frame))
        h2 { (frame.t("经过", "What happened")) }
        (history(frame.lang, &happened))
        div.acts { (print_button(frame.lang)) (Button::loss(frame.t("撤回申请", "Withdraw"), "withdraw")) }
    };
    let sheet = Sheet {
        number: "28-440115-2026-000217-6".to_owned(),
        date: date(frame.lang, day(2, 26)),
        qr: None,
    };
    Page::new(frame.t("办件进度", "Case"))
        .crumb(frame.t("我的办件", "My cases"), "/")
        .sheet(sheet)
        .render(frame, &body)
}

pub(crate) fn confirm(frame: &Frame) -> Markup {
    let confirm = Confirm {
        question: frame.t("撤回食品经营许可申请？", "Withdraw the application for a food licence?"),
        losses: owned(&[frame.t(
            "食品经营许可停止办理，已缴材料退回。",
            "Work on the food licence stops; papers go back to you.",
        )]),
        stays: owned(&[
            frame.t(
                "营业执照、印章、税务等已办结的事项不变。",
                "Licence, seals, tax and all that is decided stay as they are.",
            ),
            frame.t(
                "现场核查结果 90 天内再次申请时有效。",
                "The visit counts for a new application within 90 days.",
            ),
        ]),
        post_to: "/withdraw",
        action: "withdraw",
        yes: frame.t("确认撤回", "Withdraw it"),
        back: "case.html",
        command_id: "c-4",
        expected_version: Some(12),
        more: html! {},
    };
    portal::page(frame, frame.t("撤回申请", "Withdraw"), &confirm.markup(frame.lang))
}

pub(crate) fn verify(frame: &Frame) -> Markup {
    let body = html! {
        h1 { (frame.t("证照核验", "Licence verification")) }
        (verdict(Tone::Good, &Label::new("有效", "Valid"), frame.lang, &html! { p { (frame.t("截至 2026年2月26日（周四）10:32", "As of Thu 26 February 2026, 10:32")) } }))
        (facts(frame.lang, &[
            Fact::new(frame.t("证照", "Licence"), html! { (frame.t("营业执照", "Business licence")) }),
            Fact::new(frame.t("统一社会信用代码", "Credit code"), code(Groups::Uscc, "91440115MAD2K7Q49J")),
            Fact::new(frame.t("名称", "Name"), html! { "广州青禾餐饮管理有限公司" }),
            Fact::new(frame.t("注册资本", "Registered capital"), money(frame.lang, 500_000_000)),
            Fact::new(frame.t("签发", "Issued by"), html! { (frame.t("南沙区市场监管局", "Nansha Market Supervision")) " · " (date_tag(frame.lang, day(2, 12))) }),
        ]))
        (verdict(Tone::Loss, &Label::new("被更改", "Altered"), frame.lang, &html! { p { (frame.t("这份文件与签发的不同，不能作为证明。", "This file differs from the one issued. It proves nothing.")) } }))
        (verdict(Tone::Time, &Label::new("已暂停", "Suspended"), frame.lang, &html! {}))
    };
    portal::page(frame, frame.t("证照核验", "Licence verification"), &body)
}
