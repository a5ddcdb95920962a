// The short names people and bots use most; anything else stays readable as :name:.
const TABLE = {
  white_check_mark: '✅', heavy_check_mark: '✔️', ballot_box_with_check: '☑️', x: '❌', no_entry: '⛔', no_entry_sign: '🚫',
  warning: '⚠️', rotating_light: '🚨', bell: '🔔', no_bell: '🔕', hourglass: '⌛', hourglass_flowing_sand: '⏳', stopwatch: '⏱️',
  alarm_clock: '⏰', clock3: '🕒', calendar: '📅', date: '📅', raised_hand: '✋', hand: '✋', wave: '👋', thumbsup: '👍', '+1': '👍',
  thumbsdown: '👎', '-1': '👎', clap: '👏', pray: '🙏', eyes: '👀', ok_hand: '👌', muscle: '💪', double_vertical_bar: '⏸️',
  pause_button: '⏸️', arrow_forward: '▶️', black_right_pointing_triangle: '▶️', stop_button: '⏹️', black_square_for_stop: '⏹️',
  fast_forward: '⏩', rewind: '⏪', leftwards_arrow_with_hook: '↩️', arrow_right_hook: '↪️', arrow_right: '➡️', arrow_left: '⬅️',
  arrow_up: '⬆️', arrow_down: '⬇️', arrows_counterclockwise: '🔄', repeat: '🔁', rocket: '🚀', ship: '🚢', anchor: '⚓', tada: '🎉',
  sparkles: '✨', star: '⭐', fire: '🔥', boom: '💥', bug: '🐛', wrench: '🔧', hammer: '🔨', gear: '⚙️', package: '📦', lock: '🔒',
  unlock: '🔓', key: '🔑', snowflake: '❄️', ice_cube: '🧊', link: '🔗', mag: '🔍', bulb: '💡', memo: '📝', clipboard: '📋',
  pushpin: '📌', bookmark: '🔖', chart_with_upwards_trend: '📈', chart_with_downwards_trend: '📉', bar_chart: '📊', speech_balloon: '💬',
  robot_face: '🤖', smile: '😄', slightly_smiling_face: '🙂', thinking_face: '🤔', cry: '😢', heart: '❤️', question: '❓',
  grey_question: '❔', exclamation: '❗', information_source: 'ℹ️', red_circle: '🔴', large_green_circle: '🟢', large_yellow_circle: '🟡',
  large_orange_circle: '🟠', large_blue_circle: '🔵', white_circle: '⚪', black_circle: '⚫', ocean: '🌊', sunny: '☀️', umbrella: '☔',
};

export const emoji = (name) => TABLE[name.split('::')[0]] ?? `:${name}:`;
