export { listMarketplacePackages, type MarketplacePackage } from './marketplace-packages.ts';
export { publishPackages, type PublishPackages } from './publish-packages.ts';
