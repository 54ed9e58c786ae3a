//! The bot's name, texts and command menu at Telegram.

use super::bot_api::{BotApi, Fault};
use super::{Bot, conversation, settings, text_from};

fn changes(api: &BotApi) -> Vec<String> {
    let methods = api.all_calls().into_iter().map(|call| call.method);
    methods.filter(|method| method.starts_with("setmy")).collect()
}

#[tokio::test]
async fn menu_is_set_once_for_each_language_and_scope() {
    let bot = Bot::start().await;
    // The last call gets the name in the last language.
    let n_languages = conversation().languages().len();
    bot.api.until_attempted("setMyName", n_languages + 1).await;
    let api = bot.finish().await;
    assert_eq!(api.calls("setMyCommands").len(), 2 * (n_languages + 1));
    let scopes: Vec<_> = api.calls("setMyCommands").iter().map(|body| body["scope"]["type"].clone()).collect();
    assert!(scopes.contains(&"all_private_chats".into()) && scopes.contains(&"all_group_chats".into()));
    assert_eq!(api.calls("setMyCommands")[0]["language_code"], "");
    let n_changes = changes(&api).len();

    let settings = settings(&api);
    let n_asked = api.n_attempts("getMyName");
    let bot = Bot::start_with(api, settings);
    bot.api.until_attempted("getMyName", n_asked + n_languages + 1).await;
    assert_eq!(changes(&bot.finish().await).len(), n_changes, "what is right is left alone");
}

#[tokio::test]
async fn rate_limited_profile_update_delays_no_answer() {
    let api = BotApi::start().await;
    api.fail_next("setMyCommands", Fault::RetryAfter(86_400));
    let settings = settings(&api);
    let bot = Bot::start_with(api, settings);
    bot.api.until_attempted("setMyCommands", 1).await;
    bot.api.deliver(text_from(1, "/help"));
    let api = bot.finish().await;
    assert_eq!((api.sent().len(), api.n_attempts("setMyCommands")), (1, 1));
}
