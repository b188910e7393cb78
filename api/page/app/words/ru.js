export default {
  "nav": {
    "label": "Разделы",
    "dashboard": "Дашборд",
    "deals": "Сделки",
    "leads": "Лиды",
    "planning": "Бриф и план",
    "offers": "Офферы",
    "legal": "Юристу",
    "approvals": "Согласования",
    "escalations": "Эскалации",
    "knowledge": "База знаний",
    "system": "Система",
    "settings": "Настройки",
    "search": "Номер, клиент, название…",
    "menu": "Меню",
    "language": "Switch to English",
    "theme": "Светлая или тёмная тема",
    "copilot": "Копилот",
    "sign_out": "Выйти",
    "skip": "К содержанию"
  },
  "live": {
    "live": "на связи",
    "connecting": "соединяемся",
    "offline": "нет связи"
  },
  "say": {
    "loading": "Загружается",
    "empty": "Здесь пока пусто",
    "offline": "Нет связи с сервисом",
    "sign_in": "Нужно войти",
    "forbidden": "Недостаточно прав",
    "not_found": "Ничего не найдено",
    "failed": "Не получилось",
    "page_broken": "Страница споткнулась. Данные не пострадали.",
    "again": "Повторить",
    "close": "Закрыть",
    "more": "Показать ещё",
    "all": "все",
    "clear": "Сбросить",
    "save": "Сохранить",
    "cancel": "Отменить",
    "export": "Выгрузить"
  },
  "sign_in": {
    "why": "Сервис принимает токен вашей компании.",
    "token": "Токен",
    "enter": "Войти"
  },
  "money": {
    "incl": "с НДС",
    "excl": "без НДС"
  },
  "span": {
    "days": "{d} д {h} ч",
    "hours": "{h} ч {m} мин",
    "minutes": "{m} мин",
    "working_days": "{d} раб. д {h} ч",
    "working_hours": "{h} раб. ч {m} мин"
  },
  "stages": {
    "draft": "Черновик",
    "briefed": "Бриф получен",
    "planning": "Медиапланирование",
    "offer_ready": "КП готово",
    "contracting": "Договор",
    "launching": "Запуск",
    "running": "Идёт",
    "closing": "Закрытие",
    "closed": "Закрыта",
    "cancelled": "Отменена"
  },
  "steps": {
    "1": "Импорт лида",
    "2": "Квалификация лида",
    "3": "Бриф получен",
    "4": "Медиапланирование",
    "5": "Формирование КП",
    "6": "Договор",
    "7": "Запуск кампании",
    "8": "Кампания идёт",
    "9": "Закрытие",
    "10": "Постанализ"
  },
  "timers": {
    "lead_to_brief": "Лид → бриф",
    "brief_to_offer": "Бриф → КП",
    "offer_to_contract": "КП → договор",
    "contract_to_launch": "Договор → запуск",
    "launch_to_close": "Запуск → закрытие"
  },
  "states": {
    "pending": "не начат",
    "running": "идёт",
    "at_risk": "под угрозой",
    "breached": "нарушен",
    "met": "выполнен",
    "met_late": "выполнен поздно",
    "cancelled": "снят",
    "suspended": "на паузе"
  },
  "gates": {
    "G1": "Бриф",
    "G2": "Медиаплан",
    "G3": "КП согласовано",
    "G4": "Договор подписан",
    "G5": "Кампания запущена",
    "G6": "Счёт выставлен",
    "G7": "Закрытие завершено"
  },
  "roles": {
    "presales": "пресейл",
    "sales": "продажи",
    "account": "аккаунт",
    "traffic": "трафик",
    "legal": "юрист",
    "docflow": "документооборот",
    "billing": "биллинг",
    "analyst": "аналитик",
    "qa": "ОКК",
    "admin": "администратор"
  },
  "sla": {
    "left": "осталось {span}",
    "over": "просрочен на {span}",
    "due": "срок"
  },
  "deals": {
    "title": "Сделки",
    "count": {
      "one": "{n} сделка",
      "few": "{n} сделки",
      "many": "{n} сделок"
    },
    "shown": {
      "one": "показана {n} сделка",
      "few": "показаны {n} сделки",
      "many": "показано {n} сделок"
    },
    "step_of": "шаг {n} из 10",
    "deal": "Сделка",
    "client": "Клиент",
    "stage": "Стадия",
    "budget": "Бюджет",
    "sla": "SLA",
    "manager": "Менеджер",
    "missing": "Не хватает",
    "attention": "Внимание",
    "untitled": "Без названия",
    "none": "не указан",
    "view": "Вид",
    "board": "Доска",
    "table": "Таблица",
    "list": "Список",
    "which": "Какие сделки",
    "filter": "Отобрать",
    "nothing": "Нет сделок с такими условиями",
    "industry": "Отрасль",
    "client_type": "Тип клиента"
  },
  "room": {
    "gates": "Гейты",
    "anomalies": "Аномалии",
    "facts": "Сделка",
    "inn": "ИНН",
    "rules": "Правила",
    "updated": "Обновлена",
    "systems": "В системах",
    "print": "Печать",
    "parts": "Части сделки",
    "overview": "Обзор",
    "timeline": "История",
    "what_if": "Что если",
    "path": "Путь по стадиям",
    "now": "сейчас",
    "lit": "пройден",
    "unlit": "не пройден",
    "wanted": "нужен для следующей стадии",
    "of": "из",
    "why": "Как посчитано",
    "direction": "Какие события",
    "in": "Входящие",
    "out": "Исходящие",
    "received": "получено",
    "data": "Данные события",
    "as_of": "Как было на",
    "to_now": "Вернуться в настоящее",
    "event": "Если бы пришло событие",
    "limit_of": "Если бы лимит таймера",
    "limit": "был",
    "suppose": "Посмотреть",
    "then": "Тогда",
    "breaches_appear": "Появятся нарушения",
    "breaches_disappear": "Исчезнут нарушения"
  },
  "systems": {
    "crm": "CRM",
    "mediapush": "MediaPush",
    "docflow": "Docflow",
    "legal": "Legal",
    "dcm": "DCM",
    "billing": "Биллинг",
    "tracker": "Task-Tracker",
    "qa": "ОКК",
    "dwh": "DWH",
    "masterdeal": "MasterDeal"
  },
  "calendars": {
    "elapsed": "астрономическое время",
    "working": "рабочее время",
    "ru": "рабочее время"
  },
  "anomalies": {
    "gate_order": "Гейты не по порядку",
    "origin_missing": "Нет события создания",
    "stage_disagreement": "Системы расходятся",
    "after_cancellation": "Событие после отмены",
    "time_before_origin": "Создана позже своих событий",
    "future_event": "Событие из будущего"
  },
  "effects": {
    "none": "без последствий",
    "stage": "стадия",
    "fact": "факт",
    "gate": "гейт"
  }
}
