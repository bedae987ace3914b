/// Continues ``RecogniserLexiconData``.
extension RecogniserLexiconData {
    static let second = #"""
        ישראל	Y IY S R AA EH L
        עיר	IY R
        ערים	AA R IY M
        שכונה	SH HH UW N AA
        שכונת	SH HH UW N AA T
        רחוב	R EH HH OW V
        ברחוב	B IY R HH OW V
        שדרות	S D EH R OW T
        כתובת	K T OW V EH T
        הכתובת	HH AA K T OW V EH T
        בית	B AY T
        הבית	HH AA B AY T
        קומה	K OW M AA
        כניסה	K N IY S AA
        אהרון	AA HH AA R OW N
        אילן	IY L AA N
        אילנה	IY L AA N AA
        אופיר	OW F IY R
        אורית	OW R IY T
        איריס	IY R IY S
        אלון	AA L OW N
        אלעד	EH L AA D
        אמנון	AA M N OW N
        אסף	AA S AA F
        אריאל	AA R IY EH L
        אריה	AA R Y EH
        בני	B EH N IY
        ברק	B AA R AA K
        גדעון	G IY D OW N
        גיל	G IY L
        גילה	G IY L AA
        גלית	G AA L IY T
        גל	G AA L
        דבורה	D V OW R AA
        דורון	D OW R OW N
        דורית	D OW R IY T
        דן	D AA N
        דני	D AA N IY
        דליה	D AA L Y AA
        הדר	HH AA D AA R
        הילה	HH IY L AA
        זאב	Z EH EH V
        חנה	HH AA N AA
        חן	HH EH N
        טלי	T AA L IY
        יאיר	Y AA IY R
        יהודה	Y EH HH UW D AA
        יהונתן	Y EH HH OW N AA T AA N
        יוסף	Y OW S EH F
        ינון	Y IY N OW N
        ירון	Y AA R OW N
        ישי	Y IY SH AY
        כרמל	K AA R M EH L
        לאה	L EH AA
        ליאור	L IY OW R
        לימור	L IY M OW R
        לירון	L IY R OW N
        מאיר	M EH IY R
        מור	M OW R
        מורן	M OW R AA N
        מתן	M AA T AA N
        נדב	N AA D AA V
        נטע	N EH T AA
        ניר	N IY R
        נעמה	N AA AA M AA
        נעמי	N OW OW M IY
        נתן	N AA T AA N
        סיגל	S IY G AA L
        סמדר	S M AA D AA R
        עדי	AA D IY
        עדן	EH D EH N
        עופר	OW F EH R
        ענת	AA N AA T
        עמית	AA M IY T
        ערן	EH R AA N
        פנינה	P N IY N AA
        צבי	T S V IY
        צחי	T S AA HH IY
        קרן	K EH R EH N
        רבקה	R IY V K AA
        רוני	R OW N IY
        רועי	R OW IY
        רות	R UW T
        רינה	R IY N AA
        רן	R AA N
        שחר	SH AA HH AA R
        שי	SH AY
        שלומי	SH L OW M IY
        שלמה	SH L OW M OW
        שמעון	SH IY M OW N
        שמואל	SH M UW EH L
        שרון	SH AA R OW N
        לוי	L EH V IY
        כהן	K OW HH EH N
        מזרחי	M IY Z R AA HH IY
        פרץ	P EH R EH T S
        של	SH EH L
        שלך	SH EH L HH AA
        שלכם	SH EH L AA HH EH M
        שלנו	SH EH L AA N UW
        שלו	SH EH L OW
        שלה	SH EH L AA
        אנחנו	AA N AA HH N UW
        אתה	AA T AA
        אתם	AA T EH M
        היא	HH IY
        הם	HH EH M
        לך	L EH HH AA
        לכם	L AA HH EH M
        לנו	L AA N UW
        לו	L OW
        לה	L AA
        להם	L AA HH EH M
        אותך	OW T HH AA
        אותו	OW T OW
        אותה	OW T AA
        אותי	OW T IY
        אותנו	OW T AA N UW
        אתכם	EH T HH EH M
        איתך	IY T HH AA
        איתנו	IY T AA N UW
        איתכם	IY T HH EH M
        איתו	IY T OW
        איתה	IY T AA
        בו	B OW
        בה	B AA
        לזה	L EH Z EH
        בזה	B EH Z EH
        הזה	HH AA Z EH
        הזאת	HH AA Z OW T
        זאת	Z OW T
        אלה	EH L EH
        כאן	K AA N
        פה	P OW
        שם	SH EH M
        גם	G AA M
        או	OW
        אם	IY M
        כי	K IY
        אבל	AA V AA L
        אז	AA Z
        כבר	K V AA R
        מאוד	M EH OW D
        יותר	Y OW T EH R
        פחות	P AA HH OW T
        לפחות	L EH F AA HH OW T
        אולי	UW L AY
        איך	EY HH
        איפה	EY F OW
        מתי	M AA T AY
        מי	M IY
        למה	L AA M AA
        איזה	EY Z EH
        איזו	EY Z OW
        באיזה	B EH EY Z EH
        באיזו	B EH EY Z OW
        לאיזה	L EH EY Z EH
        לאיזו	L EH EY Z OW
        במה	B AA M EH
        לכמה	L EH K AA M AA
        כל	K OW L
        בכל	B EH HH OW L
        לכל	L EH HH OW L
        כולם	K UW L AA M
        עדיין	AA D AY N
        כדי	K EH D EY
        לפי	L EH F IY
        בלי	B L IY
        מול	M UW L
        אצל	EH T S EH L
        ועד	V EH AA D
        ועוד	V EH OW D
        וגם	V EH G AA M
        האם	HH AA IY M
        ולא	V EH L OW
        וכן	V EH HH EH N
        שאני	SH EH AA N IY
        שאנחנו	SH EH AA N AA HH N UW
        שלא	SH EH L OW
        שיש	SH EH Y EH SH
        מאז	M EH AA Z
        הייתי	HH AA Y IY T IY
        היה	HH AA Y AA
        היתה	HH AA Y T AA
        הייתה	HH AA Y T AA
        יהיה	Y IY HH Y EH
        תהיה	T IY HH Y EH
        להיות	L IY HH Y OW T
        שלום	SH AA L OW M
        היי	HH AY
        ברוכים	B R UW HH IY M
        הבאים	HH AA B AA IY M
        הגעתם	HH IY G AA T EH M
        הגעת	HH IY G AA T AA
        מדברים	M EH D AA B R IY M
        לדבר	L EH D AA B EH R
        שמחים	S M EH HH IY M
        נשמח	N IY S M AA HH
        לעזור	L AA AA Z OW R
        אעזור	EH EH Z OW R
        עזרה	EH Z R AA
        לשמוע	L IY SH M OW AA
        שומע	SH OW M EH AA
        שומעת	SH OW M AA AA T
        שמע	SH EH M AA
        מבין	M EH V IY N
        מבינה	M EH V IY N AA
        הבין	HH EH V IY N
        הבנו	HH EH V AA N UW
        מצטער	M IY T S T AA EH R
        מצטערת	M IY T S T AA EH R EH T
        מצטערים	M IY T S T AA AA R IY M
        תגיד	T AA G IY D
        תגידו	T AA G IY D UW
        תגידי	T AA G IY D IY
        אמרו	IY M R UW
        אמור	EH M OW R
        אומר	OW M EH R
        לומר	L OW M AA R
        להגיד	L EH HH AA G IY D
        אחזור	EH HH Z OW R
        נחזור	N AA HH Z OW R
        חזור	HH AA Z OW R
        שוב	SH UW V
        חוזר	HH OW Z EH R
        חוזרת	HH OW Z EH R EH T
        חוזרים	HH OW Z R IY M
        יחזור	Y AA HH Z OW R
        יחזרו	Y AA HH Z EH R UW
        תחזור	T AA HH Z OW R
        להקיש	L EH HH AA K IY SH
        הקישו	HH AA K IY SH UW
        הקש	HH AA K EH SH
        הקישי	HH AA K IY SH IY
        כוכבית	K OW HH AA V IY T
        סולמית	S UW L AA M IY T
        מקש	M AA K AA SH
        ספרה	S IY F R AA
        ספרות	S F AA R OW T
        צליל	T S L IY L
        להשאיר	L EH HH AA SH IY R
        השאירו	HH AA SH IY R UW
        תשאיר	T AA SH IY R
        הודעה	HH OW D AA AA
        ההודעה	HH AA HH OW D AA AA
        להמתין	L EH HH AA M T IY N
        המתינו	HH AA M T IY N UW
        המתן	HH AA M T EH N
        ממתין	M AA M T IY N
        ממתינים	M AA M T IY N IY M
        מעביר	M AA AA V IY R
        מעבירה	M AA AA V IY R AA
        מעבירים	M AA AA V IY R IY M
        להעביר	L EH HH AA AA V IY R
        אעביר	AA AA V IY R
        נציג	N AA T S IY G
        נציגה	N EH T S IY G AA
        לנציג	L EH N AA T S IY G
        נציגים	N EH T S IY G IY M
        סוכן	S OW HH EH N
        סוכנת	S OW HH EH N EH T
        סוכני	S OW HH N EY
        הסוכן	HH AA S OW HH EH N
        הסוכנת	HH AA S OW HH EH N EH T
        סוכנות	S OW HH N UW T
        משרד	M IY S R AA D
        המשרד	HH AA M IY S R AA D
        משרדנו	M IY S R AA D EH N UW
        מתווך	M EH T AA V EH HH
        תיווך	T IY V UW HH
        נדלן	N AA D L AA N
        נדל"ן	N AA D L AA N
        נכס	N EH HH EH S
        הנכס	HH AA N EH HH EH S
        נכסים	N EH HH AA S IY M
        מוכרים	M OW HH R IY M
        קונה	K OW N EH
        קונים	K OW N IY M
        שוכר	S OW HH EH R
        משכיר	M AA S K IY R
        קניית	K N IY Y AA T
        מכירת	M EH HH IY R AA T
        שכירת	S HH IY R AA T
        השכרת	HH AA S K AA R AA T
        לשכירות	L IY S HH IY R UW T
        להשכרת	L EH HH AA S K AA R AA T
        משכירים	M AA S K IY R IY M
        מחיר	M EH HH IY R
        המחיר	HH AA M EH HH IY R
        תקציב	T AA K T S IY V
        התקציב	HH AA T AA K T S IY V
        עלות	AA L UW T
        שכר	S HH AA R
        דמי	D M EY
        תשלום	T AA SH L UW M
        מרפסת	M IY R P EH S EH T
        חניה	HH AA N AA Y AA
        חנייה	HH AA N AA Y AA
        מעלית	M AA AA L IY T
        מחסן	M AA HH S AA N
        ממד	M AA M AA D
        ממ"ד	M AA M AA D
        גינה	G IY N AA
        מרוהטת	M EH R UW HH EH T EH T
        משופצת	M EH SH UW P EH T S EH T
        גדולה	G D OW L AA
        קטנה	K T AA N AA
        חדשה	HH AA D AA SH AA
        חדש	HH AA D AA SH
        פנטהאוז	P EH N T HH AA UW Z
        ראשי	R AA SH IY
        הפגישה	HH AA P G IY SH AA
        פגישות	P G IY SH OW T
        לפגישה	L IY F G IY SH AA
        פגישת	P G IY SH AA T
        ביקור	B IY K UW R
        סיור	S IY Y UW R
        תור	T OW R
        התור	HH AA T OW R
        לקבוע	L IY K B OW AA
        קבענו	K AA V AA N UW
        אקבע	EH K B AA
        נקבע	N IY K B AA
        נקבעה	N IY K B EH AA
        קבעתי	K AA V AA T IY
        קבועה	K V UW AA
        לבטל	L EH V AA T EH L
        בוטלה	B UW T L AA
        ביטול	B IY T UW L
        להזמין	L EH HH AA Z M IY N
        """#
}
