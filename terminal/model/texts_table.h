// Every text of the screen, Chinese and English side by side: the enum and the table are made from this one list, so a
// text cannot exist in one language only. {0}, {1} ... are filled by say(). Not for log lines.
#pragma once

// clang-format off
#define TALLY_TEXTS(X) \
    /* top and status bars */ \
    X(kProduct, "Tallystick", "Tallystick") \
    X(kStoreAndTill, "门店 {0} · 收银机 {1}", "Store {0} · Till {1}") \
    X(kStarting, "正在打开本机资料…", "Opening this till's data") \
    X(kStartingHint, "首次打开约需一两秒", "This takes a second or two") \
    X(kOnline, "在线", "Online") \
    X(kOnlineSince, "在线（自 {0}）", "Online since {0}") \
    X(kOffline, "离线", "Offline") \
    X(kOfflineSince, "离线（自 {0}）", "Offline since {0}") \
    X(kOfflineNever, "离线 · 本次尚未连上总部", "Offline · not connected yet") \
    X(kRevokedBar, "本机已被总部停用，请联系总部", "This till was revoked; call headquarters") \
    X(kRevokedNoActs, "本机已被总部停用，不能记账", "Revoked by headquarters: nothing is recorded") \
    X(kRevokedHint, "仍可查会员；未上传的操作还在本机，请联系总部", "Look-ups still work; what was not sent is kept here. Call headquarters") \
    X(kOpsUnsent, "未上传 {0}", "{0} not sent") \
    X(kRefusedBar, "总部拒绝连接，请联系总部", "Headquarters refused us; call them") \
    X(kHqOldBar, "总部的数据比本机旧，请联系总部", "Headquarters' data is older than ours; call them") \
    X(kNothingWaits, "没有待上传的操作", "Nothing waiting") \
    X(kOpsWait, "待上传 {0}", "{0} waiting") \
    X(kConfirmedNever, "尚未收到总部数据", "No data from headquarters yet") \
    X(kConfirmedAsOf, "总部数据截至 {0}（{1}）", "Confirmed as of {0} ({1})") \
    X(kAgeNow, "刚刚", "just now") \
    X(kAgeMinutes, "{0} 分钟前", "{0} min ago") \
    X(kAgeHours, "{0} 小时前", "{0} h ago") \
    X(kAgeDays, "{0} 天前", "{0} d ago") \
    X(kToday, "今天", "Today") \
    /* buttons */ \
    X(kActFind, "查找会员", "Find member") \
    X(kActRegister, "新会员登记", "Register member") \
    X(kActEarn, "消费积分", "Earn points") \
    X(kActRedeem, "积分抵现", "Redeem points") \
    X(kActTillLog, "本机流水", "Till operations") \
    X(kActRefund, "退货退分", "Refund") \
    X(kActBack, "返回", "Back") \
    X(kActHome, "回首页", "Home") \
    X(kActLanguage, "English", "中文") \
    X(kActConfirmEarn, "确认积分", "Confirm points") \
    X(kActConfirmRedeem, "确认抵现", "Confirm discount") \
    X(kActConfirmRefund, "确认退货", "Confirm refund") \
    X(kActConfirmRegister, "确认登记", "Confirm registration") \
    X(kActOpenExisting, "打开该会员", "Open member") \
    X(kActByMoney, "改按金额", "By amount") \
    X(kActByPoints, "改按积分", "By points") \
    X(kActWorking, "正在记账…", "Recording") \
    /* key caps */ \
    X(kKeyEnter, "回车", "Enter") \
    X(kKeyEscape, "Esc", "Esc") \
    /* home */ \
    X(kFindTitle, "查找会员", "Find a member") \
    X(kFindHint, "手机号、卡号或姓名", "Phone, card number or name") \
    X(kFindHelp, "随时可扫会员码；输入后按回车", "Scan a code at any time, or type and press Enter") \
    X(kTillLogTitle, "本机最近操作", "Latest operations of this till") \
    X(kTillLogEmpty, "还没有操作。扫会员码，或按 F4 登记新会员。", "Nothing yet. Scan a member code, or press F4 to register.") \
    X(kReady, "请扫会员码", "Scan a member code") \
    X(kMemberHint, "直接输入实付金额即可积分", "Type the amount paid to earn points") \
    X(kMemberMore, "扫下一位会员的码即可换人", "Scan the next member's code to change member") \
    X(kReadyHint, "也可输入手机号、卡号或姓名", "or type a phone, card number or name") \
    X(kSearching, "正在查找…", "Searching") \
    /* choice */ \
    X(kChoiceTitle, "请选择会员（{0}）", "Choose the member ({0})") \
    X(kChoiceHint, "请核对手机尾号", "Check the end of the phone number") \
    X(kChoiceHelp, "按数字键或 ↑↓ 加回车选择", "Press a number, or ↑↓ and Enter") \
    X(kChoiceMore, "结果较多，请输入更多字", "Too many results: type more of the name") \
    /* member card */ \
    X(kMember, "会员", "Member") \
    X(kNoName, "（未留姓名）", "(no name given)") \
    X(kNoPhone, "未留手机号", "No phone") \
    X(kCardNo, "卡号 {0}", "Card {0}") \
    X(kBirthdayIs, "生日 {0}", "Birthday {0}") \
    X(kBirthdayToday, "今天是会员生日", "Birthday today") \
    X(kTierNone, "普通会员", "Standard") \
    X(kBalance, "积分余额", "Points balance") \
    X(kWorth, "可抵 {0}", "worth {0}") \
    X(kRedeemableNow, "此刻可用 {0}", "{0} to spend here now") \
    X(kAsOf, "总部数据截至 {0}", "Confirmed as of {0}") \
    X(kAsOfWaiting, "总部数据截至 {0}，另含本机待上传 {1}", "Confirmed as of {0}, plus {1} waiting here") \
    X(kAsOfNever, "总部尚未确认，含本机待上传 {0}", "Not confirmed yet; {0} waiting here") \
    X(kAsOfNothing, "总部尚未确认", "Not confirmed by headquarters yet") \
    X(kDebt, "尚欠 {0}，日后积分先行抵扣", "Owes {0}: points earned later pay this first") \
    X(kLotsTitle, "积分批次", "Points by expiry") \
    X(kLotsEmpty, "没有可用的积分批次", "No usable points") \
    X(kLotExpires, "{0} 到期", "until {0}") \
    X(kLotNever, "长期有效", "never expires") \
    X(kLotSoon, "剩 {0} 天", "{0} days left") \
    X(kLotSoonOne, "仅剩今天", "last day today") \
    X(kLotsMore, "另有 {0} 批", "{0} more") \
    X(kHistoryTitle, "最近记录", "Recent history") \
    X(kHistoryEmpty, "还没有记录", "No history yet") \
    /* columns and kinds */ \
    X(kColumnTime, "时间", "Time") \
    X(kColumnKind, "类型", "Kind") \
    X(kColumnMember, "会员", "Member") \
    X(kColumnBill, "单号", "Bill") \
    X(kColumnAmount, "金额", "Amount") \
    X(kColumnPoints, "积分", "Points") \
    X(kColumnState, "状态", "State") \
    X(kKindRegister, "登记", "Register") \
    X(kKindProfile, "改资料", "Profile") \
    X(kKindIdentity, "绑定", "Identity") \
    X(kKindConsent, "授权", "Consent") \
    X(kKindEarn, "积分", "Earn") \
    X(kKindSale, "销售", "Sale") \
    X(kKindRedeem, "抵现", "Redeem") \
    X(kKindAdjust, "调整", "Adjust") \
    X(kKindReverse, "退货", "Refund") \
    X(kKindNote, "备注", "Note") \
    X(kKindExpire, "过期", "Expiry") \
    X(kKindBonus, "奖励积分", "Bonus") \
    X(kKindOpening, "期初余额", "Opening balance") \
    X(kKindTier, "等级变动", "Tier change") \
    X(kKindCouponIssue, "发券", "Coupon issued") \
    X(kKindCouponReserve, "券预留", "Coupon reserved") \
    X(kKindCouponRedeem, "用券", "Coupon used") \
    X(kKindCouponVoid, "券作废", "Coupon ended") \
    X(kKindLeaseGrant, "积分留给本机", "Points held for a till") \
    X(kKindLeaseReturn, "积分退回总部", "Points back to HQ") \
    X(kKindLeaseWriteOff, "积分由总部收回", "Points taken back by HQ") \
    X(kKindRelease, "放行", "Release") \
    X(kStateWaiting, "待上传", "waiting") \
    X(kStateUnsent, "未上传", "not sent") \
    X(kStateSent, "已上传", "sent") \
    X(kStateReview, "总部待核", "in review") \
    /* earn, redeem, refund */ \
    X(kEarnTitle, "消费积分", "Earn points on a sale") \
    X(kRedeemTitle, "积分抵现", "Redeem points") \
    X(kRefundTitle, "退货退分", "Refund a sale") \
    X(kAmountPaid, "实付金额", "Amount paid") \
    X(kAmountRefunded, "退款金额", "Amount refunded") \
    X(kRedeemPoints, "使用积分", "Points to use") \
    X(kRedeemMoney, "抵扣金额", "Money off") \
    X(kBillNo, "单号（可不填，自动编号）", "Bill number (optional, numbered for you)") \
    X(kBillNoOfSale, "原单号（可不填）", "Bill number of the sale (optional)") \
    X(kAutomatic, "自动编号", "automatic") \
    X(kRateEarn, "每 {0} 积 {1}", "{1} per {0}") \
    X(kRateRedeem, "每 {0} 抵 {1}", "{0} = {1}") \
    X(kThisSale, "本单积分", "This sale") \
    X(kThisRedeem, "本次使用", "This redemption") \
    X(kThisRefund, "退回积分", "Points taken back") \
    X(kOffTheBill, "抵扣金额", "Off the bill") \
    X(kAfterwards, "之后余额", "Balance after") \
    X(kPreviewEmpty, "输入金额后，这里先显示结果", "Enter an amount to see the result first") \
    X(kNewLotExpires, "本单积分 {0} 到期", "These points last until {0}") \
    X(kAutomaticNotice, "先核对，再按回车记账", "Check, then press Enter") \
    X(kPrePayDebt, "先抵扣所欠 {0}", "pays {0} owed first") \
    /* register */ \
    X(kRegisterTitle, "新会员登记", "Register a member") \
    X(kPhone, "手机号", "Mobile number") \
    X(kName, "姓名", "Name") \
    X(kBirthday, "生日", "Birthday") \
    X(kCard, "会员卡号", "Card number") \
    X(kPhoneHint, "11 位手机号", "11-digit mobile number") \
    X(kNameHint, "可不填", "optional") \
    X(kBirthdayHint, "年月日，如 19900131", "year month day, e.g. 19900131") \
    X(kCardHint, "可扫实体卡，可不填", "scan a card, or leave empty") \
    X(kConsent, "会员同意接收优惠信息", "Member agrees to receive offers") \
    X(kConsentWording, "请口头询问会员；可随时撤回。", "Ask the member aloud. They can withdraw at any time.") \
    X(kDuplicateTitle, "该号码已是会员", "Already a member") \
    X(kDuplicateHint, "按回车打开该会员，不会重复登记", "Press Enter to open the card; nothing is registered twice") \
    X(kPhoneFree, "可以登记：本机资料中无此号码", "New here: not known to this till") \
    X(kRegisterSteps, "回车到下一项；手机号必填", "Enter goes to the next field. The number is required.") \
    /* done */ \
    X(kDoneEarn, "已积 {0}，余额 {1} 分", "{0} earned, balance {1}") \
    X(kDoneBill, "单号 {1} · {0}", "Bill {1} · {0}") \
    X(kDoneRedeem, "已用 {0}，抵扣 {1}，余额 {2} 分", "{0} used, {1} off, balance {2}") \
    X(kDoneRefund, "已退 {0}，积分 {1}，余额 {2} 分", "{0} refunded, {1}, balance {2}") \
    X(kDoneRegister, "已登记：{0}", "Registered: {0}") \
    X(kConsentNotKept, "营销同意未能保存，请稍后再记", "Marketing consent was not saved: ask again later") \
    X(kDoneForOther, "上一位会员 {0} 已记账", "Recorded for the member before: {0}") \
    X(kDoneRecorded, "已记账", "Recorded") \
    X(kSavedOffline, "已存本机，联网后自动上传", "Saved on this till; sent when online") \
    X(kFoundByScan, "已识别会员码", "Member code read") \
    /* what went wrong; nothing has changed */ \
    X(kNothingChanged, "没有任何改动", "Nothing was changed") \
    X(kNotFound, "找不到会员：{0}", "No member found: {0}") \
    X(kNotFoundHint, "核对后再试，或按 F4 登记", "Check and try again, or press F4 to register") \
    X(kUnknownCode, "不认识这个码：{0}", "Unknown code: {0}") \
    X(kUnknownCodeHint, "不是本机已知的会员码或卡号", "Not a member code or card that this till knows") \
    X(kCodeTooLong, "这个码太长，不是会员码", "That code is too long for a member code") \
    X(kCodeToBill, "不是会员码，已填作单号", "Not a member code: used as the bill number") \
    X(kCodeToCard, "新卡号已填入", "New card number filled in") \
    X(kCodeNotNow, "请先完成或返回（Esc），再扫下一位", "Finish or go back (Esc) before the next scan") \
    X(kFindEmpty, "请输入手机号、卡号或姓名", "Type a phone, card number or name") \
    X(kFindTooShort, "请至少输入 {0} 个字", "Type at least {0} characters") \
    X(kFieldFull, "最多 {0} 个字", "At most {0} characters") \
    X(kAmountEmpty, "请输入金额", "Enter an amount") \
    X(kAmountZero, "金额须大于零", "The amount must be more than zero") \
    X(kAmountTooBig, "金额过大，最多 {0}", "Too large: at most {0}") \
    X(kAmountDigits, "只能输入数字和小数点", "Digits and a decimal point only") \
    X(kAmountDecimals, "小数最多 {0} 位", "At most {0} decimals") \
    X(kPointsDigits, "只能输入数字", "Digits only") \
    X(kPointsEmpty, "请输入积分数", "Enter the points") \
    X(kPhoneBad, "手机号不对，请再核对", "Not a mobile number: please check") \
    X(kPhoneNeeded, "请填手机号", "The mobile number is required") \
    X(kBirthdayBad, "生日不是有效日期", "The birthday is not a real date") \
    X(kCardBad, "卡号只能是 4 至 32 位字母或数字", "A card number has 4 to 32 letters or digits") \
    X(kCardTaken, "这张卡已属于另一位会员", "That card belongs to another member") \
    X(kNeedMember, "请先找到会员", "Find a member first") \
    X(kVerdictNoProgramme, "还没有收到总部的积分规则", "No points programme from headquarters yet") \
    X(kVerdictNotPositive, "积分须大于零", "The points must be more than zero") \
    X(kVerdictNotAStep, "须为 {0} 的整数倍", "Must be a multiple of {0}") \
    X(kVerdictBelowMinimum, "至少使用 {0}", "At least {0}") \
    X(kVerdictOverBalance, "余额不足：现有 {0}", "Not enough: balance {0}") \
    X(kVerdictOverOrder, "抵扣超过了账单金额", "More than the bill it pays for") \
    X(kVerdictOverOffline, "离线时最多还可用 {0}", "Offline, at most {0} more") \
    X(kVerdictNotLeased, "总部未能及时确认；此处现在可用 {0}", "Headquarters did not confirm in time; here now: {0}") \
    X(kVerdictNotLeasedOffline, "离线时此处可用 {0}", "Offline, {0} can be used here") \
    X(kVerdictOverMaximum, "一次最多使用 {0}", "At most {0} at once") \
    X(kVerdictOverShare, "超过了账单可用积分抵扣的部分", "More of the bill than points may pay") \
    X(kVerdictNoSuchReward, "没有这个礼遇", "There is no such reward") \
    X(kVerdictConditions, "此单不符合礼遇的条件", "This bill does not meet the reward's conditions") \
    X(kVerdictWeakIdentity, "使用这么多积分须换一种方式核验会员", "So many points need another way of identifying the member") \
    X(kVerdictNeedsApproval, "使用这么多积分须主管批准", "So many points need a supervisor's approval") \
    X(kVerdictNewerProgramme, "积分规则较新，此终端须先更新", "The points rules are newer than this terminal: update it") \
    X(kVerdictOffline, "离线时最多使用 {0}", "Offline limit {0} per member") \
    X(kBadInput, "输入无效", "That entry is not valid") \
    X(kRefused, "规则不允许", "The rules do not allow that") \
    X(kExists, "已经登记过", "Already registered") \
    X(kBillExists, "这个单号已用于另一笔", "That bill number is taken by another sale") \
    X(kDoneHeld, "已记录，但超出限额：核准后才生效",                                                            \
      "Recorded, but above a limit: it counts once a person releases it")                                              \
    X(kBillAgain, "这一单已记过账，没有重复积分", "This bill was recorded before: nothing was added") \
    X(kRefundTooMuch, "退款超过了原单金额", "More than what is left of that sale") \
    X(kDiskFull, "本机磁盘已满：没有记账", "This till's disk is full: nothing was recorded") \
    X(kDiskFullHint, "请联系维护人员清理磁盘", "Ask support to make room") \
    X(kDamagedData, "本机资料损坏：没有记账", "This till's data is damaged: nothing was recorded") \
    X(kDamagedHint, "请停止使用并联系总部", "Stop and call headquarters") \
    X(kIncidentGap, "本机记录缺少 {0}", "{0} missing from this till's records") \
    X(kIncidentGapHint, "联网后总部会退回它有的；仍缺的请按小票补录", "Headquarters gives back what it has; enter the rest again from receipts") \
    X(kIncidentGivenBack, "本机曾是旧副本，总部已退回 {0}", "This till had an older copy: {0} came back from headquarters") \
    X(kIncidentGivenBackHint, "流水里可以查到，可继续营业", "They are in the till log; go on selling") \
    X(kIncidentUnsure, "无法确认本机记录是否完整", "Nobody can say whether this till's records are complete") \
    X(kIncidentUnsureHint, "请用今天的小票核对本机流水，可继续营业", "Compare today's receipts with the till log; go on selling") \
    X(kIncidentBranched, "本机记录与总部分叉，请联系总部", "This till's records and headquarters' differ: call them") \
    X(kIncidentBranchedHint, "两边都已保留，没有丢失；可继续营业", "Both are kept and nothing is lost; go on selling") \
    X(kIncidentRestored, "本机已恢复或修复，总部已退回 {0}", "This till was restored or repaired: {0} came back") \
    X(kIncidentRestoredHint, "请用小票核对流水，缺少的请补录", "Compare receipts with the till log; enter again what is missing") \
    X(kIncidentDamaged, "本机资料有损坏，请联系总部", "This till's data is partly damaged: call headquarters") \
    X(kIncidentDamagedHint, "请保持联网，先上传待上传的操作", "Stay online so that what waits is uploaded first") \
    X(kBusyStore, "系统正忙，请再按一次", "Busy: press again") \
    X(kStoreError, "无法读写本机资料", "This till's data cannot be read or written") \
    X(kCallSupport, "请联系维护人员", "Call support") \
    X(kOpenWrongKey, "口令或密钥不对，无法打开本机资料", "Wrong passphrase or key") \
    X(kOpenBusy, "本机资料正被另一个程序使用", "Another program is using this till's data") \
    X(kOpenNewer, "本机资料来自更新的版本，请先升级程序", "This data is from a newer version: update first") \
    X(kOpenMissing, "本机尚未登记，请先运行登记命令", "This till is not enrolled yet") \
    X(kOpenDamaged, "本机资料损坏，无法打开", "This till's data is damaged and cannot be opened") \
    X(kOpenFailed, "无法打开本机资料", "This till's data cannot be opened")
// clang-format on
