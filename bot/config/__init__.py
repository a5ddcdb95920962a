"""The configuration: one YAML file or a folder of them, checked as a whole, every mistake told with its line."""

from bot.config.config import Config, Environment, Unknown
from bot.config.load import load_config
from bot.config.problem import ConfigError, ConfigProblem, Mark
from bot.config.settings import Listen, Settings
from bot.config.watch import ConfigWatch, Kept, Reloaded

__all__ = [
    "Config",
    "ConfigError",
    "ConfigProblem",
    "ConfigWatch",
    "Environment",
    "Kept",
    "Listen",
    "Mark",
    "Reloaded",
    "Settings",
    "Unknown",
    "load_config",
]
