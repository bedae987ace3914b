/// Continues ``PronunciationData`` with what is counted, and the words that abbreviations stand for.
extension PronunciationData {
    static let fifth = #"""
        # people and things that are counted
        איש	'iS
        אנשים	anaS'im
        אנשי	anS'ei
        אישה	iS'a
        נשים	naS'im
        ילד	j'eled
        ילדים	jelad'im
        ילדי	jald'ei
        ילדה	jald'a
        ילדות	jelad'ot
        בן	b'en
        בנים	ban'im
        בנות	ban'ot
        מבוגר	mevug'aQ"
        מבוגרים	mevugaQ"'im
        תינוק	tin'ok
        תינוקות	tinok'ot
        משפחה	miSpaX'a
        משפחת	miSp'aXat
        חבר	Xav'eQ"
        חברים	XaveQ"'im
        חברי	XavQ"'ei
        חברת	XevQ"'at
        החברה	haXevQ"'a
        עובדות	ovd'ot
        מנהל	menah'el
        מנהלת	menah'elet
        רופא	Q"of'e
        רופאים	Q"of?'im
        רופאה	Q"of?'a
        רופאות	Q"of?'ot
        דוקטור	d'oktoQ"
        פרופסור	pQ"of'esoQ"
        גברת	gv'eQ"et
        עורכי	oQ"X'ei
        רואה	Q"o?'e
        יושב	joS'ev
        יושבת	joS'evet
        ראש	Q"'oS
        כנסת	kn'eset
        קומות	kom'ot
        מרפסות	miQ"pas'ot
        מעליות	ma?alij'ot
        בתים	bat'im
        בתי	bat'ei
        מקום	mak'om
        מקומות	mekom'ot
        שינה	Sein'a
        רחצה	Q"aXats'a
        אוויר	av'iQ"
        כיווני	kivun'ei
        כיוונים	kivun'im
        שורה	SuQ"'a
        סעיף	se?'if
        פרק	p'eQ"ek
        כיתה	kit'a
        כיתות	kit'ot
        שער	S'a?aQ"
        גרסה	giQ"s'a
        מסלול	masl'ul
        דרך	d'eQ"eX
        כביש	kv'iS
        טיסה	tis'a
        רכב	Q"'eXev
        רכבים	Q"eXav'im
        מכונית	meXon'it
        מכוניות	meXonij'ot
        אוטובוס	'otobus
        אוטובוסים	'otobusim
        רכבת	Q"ak'evet
        שולחן	SulX'an
        שולחנות	SulXan'ot
        כיסא	kis'e
        כיסאות	kis?'ot
        חלון	Xal'on
        חלונות	Xalon'ot
        מפתח	maft'eaX
        מפתחות	mafteX'ot
        מיטה	mit'a
        מיטות	mit'ot
        כוס	k'os
        כוסות	kos'ot
        מנה	man'a
        מנות	man'ot
        ארוחה	aQ"uX'a
        ארוחות	aQ"uX'ot
        בקבוק	bakb'uk
        בקבוקים	bakbuk'im
        יין	j'ain
        תורים	toQ"'im
        טיפול	tip'ul
        טיפולים	tipul'im
        הודעות	hoda?'ot
        הזמנות	hazman'ot
        הצעות	hatsa?'ot
        הצעת	hatsa?'at
        הורים	hoQ"'im
        משלוח	miSl'o?aX
        משלוחים	miSloX'im
        פריט	pQ"'it
        פריטים	pQ"it'im
        מוצר	muts'aQ"
        מוצרים	mutsaQ"'im
        פניות	pnij'ot
        תקלות	takal'ot
        בעיות	be?aj'ot
        מילים	mil'im
        שמות	Sem'ot
        רעיונות	Q"a?ajon'ot
        גדולות	gdol'ot
        נוספות	nosaf'ot
        אחרונים	aXaQ"on'im
        אחרונות	aXaQ"on'ot
        ראשונים	Q"iSon'im
        ראשונות	Q"iSon'ot
        קרובים	kQ"ov'im
        מבצע	mivts'a
        מידה	mid'a
        מידות	mid'ot
        # words of abbreviations
        הברית	habQ"'it
        ארצות	aQ"ts'ot
        ארצות הברית	aQ"ts'ot habQ"'it
        ספר	s'efeQ"
        הספר	has'efeQ"
        חולים	Xol'im
        החולים	haXol'im
        משפט	miSp'at
        בית משפט	b'eit miSp'at
        בית המשפט	b'eit hamiSp'at
        בית חולים	b'eit Xol'im
        בית החולים	b'eit haXol'im
        בית הספר	b'eit has'efeQ"
        בית כנסת	b'eit kn'eset
        קופת	kup'at
        אוניברסיטת	univ'eQ"sitat
        מחלקת	maXl'eket
        מכירות	meXiQ"'ot
        סמטת	simt'at
        כיכר	kik'aQ"
        על ידי	al jed'ei
        ידי	jed'ei
        על פי	al p'i
        על פה	al p'e
        בעל פה	be?al p'e
        על שם	al S'em
        על מנת	al men'at
        על סך	al s'aX
        על חשבון	al XeSb'on
        על כן	al k'en
        על גבי	al gab'ei
        אחר כך	aX'aQ" k'aX
        כל כך	k'ol k'aX
        כך	k'aX
        אף	'af
        אף על פי	af al p'i
        אלא	'ela
        אומרת	om'eQ"et
        זאת אומרת	z'ot om'eQ"et
        לעיל	le?'eil
        נזכר	nizk'aQ"
        משא ומתן	mas'a umat'an
        חד פעמי	X'ad pa?am'i
        פעמי	pa?am'i
        דרישת	dQ"iS'at
        מוצאי	motsa?'ei
        סוף שבוע	s'of Sav'u?a
        הספירה	hasfiQ"'a
        חול המועד	X'ol hamo?'ed
        ברוך	baQ"'uX
        בעזרת	be?ezQ"'at
        חס	X'as
        וחלילה	veXal'ila
        לדוגמה	ledugm'a
        דוגמה	dugm'a
        וכולי	veXul'ei
        וכדומה	veXadom'e
        וגומר	vegom'eQ"
        מנכ"ל	mank'al
        מנכ"לית	mank'alit
        סמנכ"ל	samank'al
        צה"ל	ts'ahal
        רמטכ"ל	Q"amatk'al
        מד"א	m'ada
        חו"ל	X'ul
        דו"ח	d'oX
        דו"חות	doX'ot
        תנ"ך	tan'aX
        או"ם	'um
        בע"מ	b'am
        ז"ל	z'al
        זצ"ל	z'atsal
        רמב"ם	Q"amb'am
        חז"ל	Xaz'al
        מט"ח	mat'aX
        אג"ח	ag'aX
        דוא"ל	do?'al
        שב"כ	Sab'ak
        בג"ץ	b'agats
        ט"ו בשבט	t'u biSv'at
        ל"ג בעומר	l'ag ba?'omeQ"
        תשפ"ה	taSp'a
        תשפ"ו	taSp'av
        תשפ"ז	taSp'az
        בשבט	biSv'at
        # a receptionist's day
        עסקים	asak'im
        ימי עסקים	jem'ei asak'im
        לחודש	leX'odeS
        בתוקף	bet'okef
        כולל	kol'el
        תוך	t'oX
        נשאר	niS?'aQ"
        נשארו	niS?aQ"'u
        הליכה	haliX'a
        בלבד	bilv'ad
        חינם	Xin'am
        מועדון	mo?ad'on
        טמפרטורה	tempeQ"at'uQ"a
        מרחק	meQ"X'ak
        הולדת	hul'edet
        ההולדת	hahul'edet
        נולד	nol'ad
        נולדה	nold'a
        נמשך	nimS'aX
        יגיע	jag'i?a
        מיידית	mijad'it
        מקבל	mekab'el
        אלינו	el'einu
        לחניה	leXanaj'a
        שלומך	Slom'eX
        פרטי	pQ"at'ei
        פתוחה	ptuX'a
        מרפאה	miQ"pa?'a
        דלפק	delp'ek
        בעברית	be?ivQ"'it
        # streets
        הרצל	h'eQ"tsel
        הירקון	hajaQ"k'on
        ביאליק	bj'alik
        רוטשילד	Q"'otSild
        דיזנגוף	d'izengof
        אלנבי	'alenbi
        בן גוריון	ben guQ"j'on
        מנחם	menaX'em
        בגין	b'egin
        רבין	Q"ab'in
        ז'בוטינסקי	Zabot'inski
        ויצמן	v'aitsman
        וייצמן	v'aitsman
        ארלוזורוב	aQ"loz'oQ"ov
        סוקולוב	sok'olov
        אבן גבירול	'even gviQ"'ol
        בן יהודה	ben jehud'a
        הנביאים	hanevi?'im
        העצמאות	ha?atsma?'ut
        # more of what is counted, and of what is said
        נפגש	nipag'eS
        אמר	am'aQ"
        גדול	gad'ol
        עלה	al'a
        עלתה	alt'a
        קיבלנו	kib'alnu
        באמת	be?em'et
        תמונה	tmun'a
        צדדים	tsdad'im
        גיל	g'il
        גילאי	gil?'ei
        בסביבות	bisviv'ot
        ביצים	beits'im
        ידיים	jad'aim
        רגליים	Q"agl'aim
        עיניים	ein'aim
        שיניים	Sin'aim
        אוזניים	ozn'aim
        אצבעות	etsba?'ot
        פיצה	p'itsa
        פיצות	p'itsot
        חולצה	Xults'a
        חולצות	Xults'ot
        יתרונות	jitQ"on'ot
        ניסיונות	nisjon'ot
        וילונות	vilon'ot
        מלונות	melon'ot
        דרכים	dQ"aX'im
        אבנים	avan'im
        חתולים	Xatul'im
        כלבים	klav'im
        תעודות	te?ud'ot
        כפות	kap'ot
        אס	'es
        אי	'i
        יו	j'u
        """#
}
