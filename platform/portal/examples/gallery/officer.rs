//! Pages of officers and supervisors.

use maud::{Markup, html};
use portal::{
    Bar, Bars, Button, Column, Fact, Filter, Frame, Groups, Heat, HeatColumn, HeatRow, Notice,
    Page, Pager, Pressure, Row, Sort, Table, Tabs, Tone, code, days_left, decision_bar, empty,
    facts, money, stats, tag,
};

fn row(frame: &Frame, n: usize, name: &str, left: i64, stopped: Option<&str>) -> Row {
    let total = 10;
    Row::new(vec![
        html! { (name) },
        code(Groups::Whole, &format!("28-440115-2026-{n:06}-{}", n % 10)),
        html! { (frame.t("食品经营许可", "Food licence")) },
        days_left(frame.lang, left, total, stopped),
        html! { @if stopped.is_some() { (tag(Tone::Plain, frame.t("暂停", "Stopped"))) } @else if left < 0 { (tag(Tone::Loss, frame.t("超期", "Late"))) } @else { (tag(Tone::Active, frame.t("审查中", "Working"))) } },
    ])
    .href("review.html")
    .act('a', frame.t("受理", "Accept"), "confirm.html")
    .act('s', frame.t("补正", "Supplement"), "confirm.html")
    .late(left < 0)
}

pub(crate) fn worklist(frame: &Frame) -> Markup {
    let columns = vec![
        Column::new(frame.t("申请人", "Applicant")),
        Column::new(frame.t("编号", "Number")),
        Column::new(frame.t("环节", "Task")),
        Column::new(frame.t("剩余", "Left")).sort("?sort=-due", Some(Sort::Rising)),
        Column::new(frame.t("状态", "State")),
    ];
    let names = [
        "广州青禾餐饮管理有限公司",
        "广州南沙明珠酒家有限公司",
        "广州榄核水乡茶楼有限公司",
        "广州蕉门河咖啡有限公司",
        "广州黄阁汽车服务有限公司",
        "广州东涌农庄有限公司",
        "广州万顷沙渔港食品有限公司",
        "广州横沥岛甜品有限公司",
    ];
    let test = frame.t("检测", "test");
    let lefts = [
        (-2, None),
        (0, None),
        (1, None),
        (3, None),
        (4, Some(test)),
        (6, None),
        (8, None),
        (10, None),
    ];
    let rows = (217..)
        .zip(names)
        .zip(lefts)
        .map(|((n, name), (left, stopped))| row(frame, n, name, left, stopped))
        .collect();
    let filter = |zh: &str, en: &str, count, active| Filter {
        label: frame.t(zh, en).to_owned(),
        href: format!("?{en}"),
        count: Some(count),
        active,
    };
    let table =
        Table::new(frame.lang, frame.t("待办，按期限排列", "Worklist by due day"), columns, rows)
            .filters(vec![
                filter("全部", "All", 12, true),
                filter("已超期", "Late", 1, false),
                filter("今明两天", "Today and tomorrow", 2, false),
                filter("暂停", "Stopped", 1, false),
            ])
            .csv("worklist.csv")
            .pager(Pager { first: None, next: Some("?after=224".to_owned()) })
            .live_filter()
            .keys();
    portal::page(
        frame,
        frame.t("待办", "Worklist"),
        &html! { h1 { (frame.t("待办", "Worklist")) } (table) },
    )
}

pub(crate) fn review(frame: &Frame) -> Markup {
    let body = html! {
        h1 { "广州青禾餐饮管理有限公司" }
        p { (tag(Tone::Active, frame.t("审查中", "Working"))) " " (code(Groups::Whole, "28-440115-2026-000217-7")) " " (days_left(frame.lang, 4, 10, None)) }
        (Tabs { name: frame.t("办件", "Case"), tabs: vec![(frame.t("申请内容", "Application").to_owned(), "#".to_owned()), (frame.t("材料 (1)", "Materials (1)").to_owned(), "#".to_owned()), (frame.t("经过", "History").to_owned(), "#".to_owned())], open: 0 })
        (Notice::new(Tone::Active, frame.t("自您上次查看有 1 处变化", "1 change since you last looked"), html! { p { (frame.t("就餐座位：60 → 72", "Seats: 60 → 72")) } }))
        (facts(frame.lang, &[
            Fact::new(frame.t("统一社会信用代码", "Credit code"), code(Groups::Uscc, "91440115MAD2K7Q49J")),
            Fact::new(frame.t("经营场所", "Premises"), html! { "南沙区港前大道南 162 号 801 房" }).from(frame.t("来自标准地址库", "From the address base")),
            Fact::new(frame.t("注册资本", "Registered capital"), money(frame.lang, 500_000_000)),
            Fact::new(frame.t("经营项目", "Food items"), html! { (frame.t("热食类制售、自制饮品制售", "Hot food, own drinks")) }),
        ]))
        form method="post" action="/decide" {
            (portal::stamp("c-9", Some(31)))
            (decision_bar(frame.lang, &[
                Button::main(frame.t("准予", "Grant"), "grant").key('g').confirm(frame.t("准予食品经营许可并签发？", "Grant and issue the food licence?")),
                Button::second(frame.t("补正", "Supplement"), "supplement").key('s'),
                Button::loss(frame.t("不予", "Refuse"), "refuse").key('r'),
            ], &html! {}))
        }
    };
    Page::new(frame.t("办件审查", "Review"))
        .crumb(frame.t("待办", "Worklist"), "worklist.html")
        .render(frame, &body)
}

pub(crate) fn supervisor(frame: &Frame) -> Markup {
    let column =
        |pressure, zh: &str, en: &str| HeatColumn { pressure, label: frame.t(zh, en).to_owned() };
    let columns = vec![
        column(Pressure::Overdue, "已超期", "Overdue"),
        column(Pressure::Close, "今明两天", "Today, tomorrow"),
        column(Pressure::Near, "3–5 天", "3–5 days"),
        column(Pressure::Far, "5 天以上", "Over 5 days"),
        column(Pressure::Stopped, "暂停", "Stopped"),
    ];
    let organs = [
        (frame.t("市场监管", "Market supervision"), [0, 14, 38, 120, 6]),
        (frame.t("公安", "Police"), [2, 9, 12, 41, 0]),
        (frame.t("税务", "Tax"), [0, 3, 20, 77, 0]),
        (frame.t("公积金中心", "Housing fund"), [7, 22, 9, 30, 1]),
        (frame.t("银行", "Bank"), [1, 0, 4, 18, 0]),
    ];
    let rows = organs.map(|(label, counts)| HeatRow {
        label: label.to_owned(),
        href: Some("worklist.html".to_owned()),
        cells: counts.map(|n: u64| (n, "worklist.html".to_owned())).into(),
    });
    let ages = ["0–1", "2–3", "4–5", "6–10", "> 10"];
    let chart = |title: &str, counts: [i64; 5]| {
        let bars = ages
            .iter()
            .zip(counts)
            .enumerate()
            .map(|(i, (label, n))| Bar { label: (*label).to_owned(), n, late: i == 4 })
            .collect();
        (title.to_owned(), Some("worklist.html".to_owned()), bars)
    };
    let charts = vec![
        chart(organs[0].0, [60, 42, 30, 12, 0]),
        chart(organs[1].0, [20, 16, 9, 8, 2]),
        chart(organs[2].0, [40, 31, 22, 7, 0]),
        chart(organs[3].0, [12, 15, 18, 14, 7]),
    ];
    let body = html! {
        h1 { (frame.t("督办", "Supervision")) }
        (stats(&[
            (frame.t("在办", "Running"), "427".to_owned(), Some("worklist.html".to_owned())),
            (frame.t("已超期", "Overdue"), "10".to_owned(), Some("worklist.html".to_owned())),
            (frame.t("今日办结", "Closed today"), "63".to_owned(), None),
        ]))
        (Heat { lang: frame.lang, caption: frame.t("在办环节：单位 × 剩余工作日", "Open tasks: organ by working days left").to_owned(), row_name: frame.t("单位", "Organ").to_owned(), columns, rows: rows.into() })
        h2 { (frame.t("积压时长", "Age of the queues")) }
        (Bars { lang: frame.lang, caption: frame.t("在办环节按已用工作日", "Open tasks by working days used").to_owned(), charts })
    };
    Page::new(frame.t("督办", "Supervision")).wide().render(frame, &body)
}

pub(crate) fn none(frame: &Frame) -> Markup {
    let next = Button::second_link(frame.t("查看已办结", "Show closed ones"), "worklist.html");
    let body = html! {
        h1 { (frame.t("查询", "Search")) }
        (empty(frame.t("没有待办", "Nothing waits"), frame.t("新的办件提交后会出现在这里，按期限排列。", "New cases appear here when they are submitted, sorted by due day."), Some(&next)))
    };
    portal::page(frame, frame.t("查询", "Search"), &body)
}
